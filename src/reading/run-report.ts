import { computeImprovementPerMinute } from '../analysis/planning/ranking.ts'
import { getTrialWorkflowId } from '../contract/workflows.ts'
import { formatChanges } from '../model/format.ts'
import { isSameValue, type KnobValues } from '../model/knob.ts'
import { toRecordedResultDigest } from '../model/result.ts'
import { loadBottlenecksByCycle } from '../store/bottlenecks.ts'
import { listCycles } from '../store/cycles.ts'
import { listStrategiesWithOutcome } from '../store/fleet.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { listPlannedResults } from '../store/results.ts'
import { type ConfigurationsByAgent, readCurrentConfigurations } from './configurations.ts'
import type { ReadContext } from './context.ts'
import { readReportForResults } from './results.ts'

/** The report of some cycles: the content of `--json`. */
export async function readRunReport(context: ReadContext, ids: readonly string[], before: ConfigurationsByAgent) {
  const { db } = context
  const [cycles, bottlenecks, strategies, results, after] = await Promise.all([
    listCycles(db, ids),
    loadBottlenecksByCycle(db, ids),
    Promise.all(ids.map((id) => listStrategiesWithOutcome(db, id))),
    listPlannedResults(db, ids),
    readCurrentConfigurations(context),
  ])
  const agents = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    cycles: ids.map((workflowId, index) => {
      const { phases = {}, skipped = [], reassessment = null } = cycles.find(({ id }) => id === workflowId) ?? {}
      return {
        workflowId,
        phases,
        skipped,
        // Skipped strategies have been planned, too.
        deferred: strategies[index]!.flatMap(describeDeferral).filter((line) => !skipped.includes(line)),
        reassessment,
        bottlenecks: bottlenecks.get(workflowId) ?? [],
        /** With the predicted improvement of each per cost (B7). */
        strategies: strategies[index]!.map(({ strategy }) => ({
          ...strategy,
          improvementPerMinute: computeImprovementPerMinute(strategy),
        })),
      }
    }),
    ...(await readReportForResults(context, results.map(toRecordedResultDigest), results)),
    configurations: Object.fromEntries(
      await Promise.all(
        agents.map(async (id) => {
          const values = { before: before[id] ?? {}, after: after[id] ?? {} }
          return [id, { ...values, byPeople: await findPeoplesChanges(context, id, values) }] as const
        }),
      ),
    ),
  }
}

/** Why a planned strategy was not tried within its cycle. */
export function describeDeferral({ strategy, leftBecause, state }: PlannedStrategy): string[] {
  const { id, agentId, actions, asks, observation } = strategy
  if (state === 'kept' || state === 'restored') return []
  const reason = () => {
    if (state === null && leftBecause) return leftBecause
    if (asks) return `waiting for approval in ${getTrialWorkflowId(id)}`
    return observation && `takes longer than a cycle, so it runs in ${getTrialWorkflowId(id)}`
  }
  const because = reason()
  return because ? [`${agentId} ${formatChanges(actions)}: ${because}`] : []
}

type PlannedStrategy = Pick<Awaited<ReturnType<typeof listStrategiesWithOutcome>>[number], 'strategy' | 'leftBecause' | 'state'>

/** The settings that changed by a person's decision outside a trial, each with who made it and what it was. */
async function findPeoplesChanges(
  { db }: ReadContext,
  agentId: string,
  { before, after }: { before: KnobValues; after: KnobValues },
): Promise<Record<string, string>> {
  const changed = Object.keys(after).filter((knob) => !isSameValue(before[knob], after[knob]))
  const versions = changed.length > 0 ? await listProvenVersions(db, agentId, newestVersions) : []
  return Object.fromEntries(
    changed.flatMap((knob) => {
      const set = versions.find(({ values }, index) => !isSameValue(values[knob], versions[index + 1]?.values[knob]))
      return set?.origin === 'operator' ? [[knob, set.reason]] : []
    }),
  )
}

/** More versions than come into force during the cycles of a report. */
const newestVersions = 100

export type RunReport = Awaited<ReturnType<typeof readRunReport>>
