import { computeImprovementPerMinute } from '../analysis/planning/ranking.ts'
import { loadBottlenecksByCycle } from '../store/bottlenecks.ts'
import { listCycles } from '../store/cycles.ts'
import { loadResultsByCycle } from '../store/results.ts'
import { loadStrategiesByCycle } from '../store/strategies.ts'
import { type ConfigurationsByAgent, readCurrentConfigurations } from './configurations.ts'
import type { ReadingContext } from './context.ts'
import { readReportOf } from './results.ts'

/** A completed cycle. */
export interface CycleRun {
  workflowId: string
  /** The strategies it planned but did not try, and why. */
  deferred: readonly string[]
}

/** The report of some cycles: the content of `--json`. */
export async function readRunReport(context: ReadingContext, runs: readonly CycleRun[], before: ConfigurationsByAgent) {
  const { db } = context
  const ids = runs.map(({ workflowId }) => workflowId)
  const [cycles, bottlenecks, strategies, results, after] = await Promise.all([
    listCycles(db, ids),
    loadBottlenecksByCycle(db, ids),
    loadStrategiesByCycle(db, ids),
    loadResultsByCycle(db, ids),
    readCurrentConfigurations(context),
  ])
  const agents = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    cycles: runs.map(({ workflowId, deferred }) => {
      const { phases = {}, skipped = [] } = cycles.find(({ id }) => id === workflowId) ?? {}
      return {
        workflowId,
        phases,
        skipped,
        deferred,
        bottlenecks: bottlenecks.get(workflowId) ?? [],
        /** With the improvement that each promises for its cost (B7). */
        strategies: (strategies.get(workflowId) ?? []).map((strategy) => ({
          ...strategy,
          improvementPerMinute: computeImprovementPerMinute(strategy),
        })),
      }
    }),
    ...(await readReportOf(
      context,
      ids.flatMap((id) => results.get(id) ?? []),
    )),
    configurations: Object.fromEntries(agents.map((id) => [id, { before: before[id] ?? {}, after: after[id] ?? {} }])),
  }
}
export type RunReport = Awaited<ReturnType<typeof readRunReport>>
