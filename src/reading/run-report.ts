import { improvementPerMinute } from '../analysis/planning/ranking.ts'
import { cumulativeImprovement, impactSummary } from '../analysis/reporting/results/index.ts'
import type { KnobValues } from '../model/knob.ts'
import type { OptimizationResult } from '../model/result.ts'
import { currentConfiguration, listAgents } from '../store/agents.ts'
import { bottlenecksOf } from '../store/bottlenecks.ts'
import { cycle as readCycle } from '../store/cycles.ts'
import { resultsOfCycle } from '../store/results.ts'
import { strategiesOf } from '../store/strategies.ts'
import type { ReadingContext } from './context.ts'

export type Configurations = Record<string, KnobValues>

/** The proven configuration of every agent. */
export async function configurations({ db }: ReadingContext): Promise<Configurations> {
  const agents = await listAgents(db)
  return Object.fromEntries(
    await Promise.all(agents.map(async ({ agentId }) => [agentId, (await currentConfiguration(db, agentId)).values] as const)),
  )
}

/** A cycle that was waited for. */
export interface RanCycle {
  workflowId: string
  /** What it planned and did not try, and why. */
  deferred: readonly string[]
}

/** How long a cycle's phases took, what it left alone, and what it put off. */
async function readOutline({ db }: ReadingContext, { workflowId, deferred }: RanCycle) {
  const { phases = {}, skipped = [] } = (await readCycle(db, workflowId)) ?? {}
  return { workflowId, phases, skipped, deferred }
}

/** What some trials came to, one by one and together. */
export function resultsReport(results: OptimizationResult[]) {
  return {
    results,
    impact: impactSummary(results, Date.now()),
    /** All proven changes of an agent together, as its users feel them. */
    improvements: Object.fromEntries(
      Map.groupBy(results, ({ strategy }) => strategy.agentId)
        .entries()
        .map(([agentId, ofAgent]) => [agentId, cumulativeImprovement(ofAgent)] as const),
    ),
  }
}
export type ResultsReport = ReturnType<typeof resultsReport>

/** What some cycles came to: the content of `--json`. */
export async function runReport(context: ReadingContext, ran: readonly RanCycle[], before: Configurations) {
  const { db } = context
  const cycles = await Promise.all(
    ran.map(async (cycle) => ({
      ...(await readOutline(context, cycle)),
      bottlenecks: await bottlenecksOf(db, cycle.workflowId),
      /** With what each promises for its cost (B7). */
      strategies: (await strategiesOf(db, cycle.workflowId)).map((strategy) => ({
        ...strategy,
        improvementPerMinute: improvementPerMinute(strategy),
      })),
    })),
  )
  const results = (await Promise.all(ran.map(({ workflowId }) => resultsOfCycle(db, workflowId)))).flat()
  const after = await configurations(context)
  const agents = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    cycles,
    ...resultsReport(results),
    configurations: Object.fromEntries(agents.map((id) => [id, { before: before[id] ?? {}, after: after[id] ?? {} }])),
  }
}
export type RunReport = Awaited<ReturnType<typeof runReport>>
