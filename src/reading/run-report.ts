import { improvementPerMinute } from '../analysis/planning/ranking.ts'
import { computeCumulativeImprovement, summarizeImpact } from '../analysis/reporting/results/index.ts'
import type { KnobValues } from '../model/knob.ts'
import type { OptimizationResult } from '../model/result.ts'
import { getCurrentConfiguration, listAgents } from '../store/agents.ts'
import { listBottlenecks } from '../store/bottlenecks.ts'
import { findCycle } from '../store/cycles.ts'
import { listCycleResults } from '../store/results.ts'
import { listCycleStrategies } from '../store/strategies.ts'
import type { ReadingContext } from './context.ts'

export type ConfigurationsByAgent = Record<string, KnobValues>

/** The proven configuration of every agent. */
export async function loadCurrentConfigurations({ db }: ReadingContext): Promise<ConfigurationsByAgent> {
  const agents = await listAgents(db)
  return Object.fromEntries(
    await Promise.all(agents.map(async ({ agentId }) => [agentId, (await getCurrentConfiguration(db, agentId)).values] as const)),
  )
}

/** A cycle that was waited for. */
export interface CycleRun {
  workflowId: string
  /** What it planned and did not try, and why. */
  deferred: readonly string[]
}

/** How long a cycle's phases took, what it left alone, and what it put off. */
async function readOutline({ db }: ReadingContext, { workflowId, deferred }: CycleRun) {
  const { phases = {}, skipped = [] } = (await findCycle(db, workflowId)) ?? {}
  return { workflowId, phases, skipped, deferred }
}

/** What some trials came to, one by one and together. */
export function buildResultsReport(results: OptimizationResult[]) {
  return {
    results,
    impact: summarizeImpact(results, Date.now()),
    /** All proven changes of an agent together, as its users feel them. */
    improvements: Object.fromEntries(
      Map.groupBy(results, ({ strategy }) => strategy.agentId)
        .entries()
        .map(([agentId, ofAgent]) => [agentId, computeCumulativeImprovement(ofAgent)] as const),
    ),
  }
}
export type ResultsReport = ReturnType<typeof buildResultsReport>

/** What some cycles came to: the content of `--json`. */
export async function buildRunReport(context: ReadingContext, ran: readonly CycleRun[], before: ConfigurationsByAgent) {
  const { db } = context
  const cycles = await Promise.all(
    ran.map(async (cycle) => ({
      ...(await readOutline(context, cycle)),
      bottlenecks: await listBottlenecks(db, cycle.workflowId),
      /** With what each promises for its cost (B7). */
      strategies: (await listCycleStrategies(db, cycle.workflowId)).map((strategy) => ({
        ...strategy,
        improvementPerMinute: improvementPerMinute(strategy),
      })),
    })),
  )
  const results = (await Promise.all(ran.map(({ workflowId }) => listCycleResults(db, workflowId)))).flat()
  const after = await loadCurrentConfigurations(context)
  const agents = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    cycles,
    ...buildResultsReport(results),
    configurations: Object.fromEntries(agents.map((id) => [id, { before: before[id] ?? {}, after: after[id] ?? {} }])),
  }
}
export type RunReport = Awaited<ReturnType<typeof buildRunReport>>
