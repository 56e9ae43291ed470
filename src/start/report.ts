import { improvementPerMinute } from '../analysis/ranking.ts'
import { cumulativeImprovement, impactSummary } from '../analysis/results/index.ts'
import type { OptimizerClient } from '../client/optimizer.ts'
import type { KnobValues } from '../model/knob.ts'
import { currentConfiguration, listAgents } from '../store/agents.ts'
import { bottlenecksOf } from '../store/bottlenecks.ts'
import { cycle as readCycle } from '../store/cycles.ts'
import { resultsOfCycle } from '../store/results.ts'
import { strategiesOf } from '../store/strategies.ts'

export type Configurations = Record<string, KnobValues>

/** The proven configuration of every agent. */
export async function configurations({ db }: OptimizerClient): Promise<Configurations> {
  const agents = await listAgents(db)
  return Object.fromEntries(
    await Promise.all(agents.map(async ({ agentId }) => [agentId, (await currentConfiguration(db, agentId)).values] as const)),
  )
}

/** How long a cycle's phases took, and what it left alone. */
async function readOutline({ db }: OptimizerClient, workflowId: string) {
  const { phases = {}, skipped = [] } = (await readCycle(db, workflowId)) ?? {}
  return { workflowId, phases, skipped }
}

/** What some cycles came to: the content of `--json`. */
export async function runReport(client: OptimizerClient, workflowIds: readonly string[], before: Configurations) {
  const { db } = client
  const cycles = await Promise.all(
    workflowIds.map(async (workflowId) => ({
      ...(await readOutline(client, workflowId)),
      bottlenecks: await bottlenecksOf(db, workflowId),
      /** With what each promises for its cost (B7). */
      strategies: (await strategiesOf(db, workflowId)).map((strategy) => ({
        ...strategy,
        improvementPerMinute: improvementPerMinute(strategy),
      })),
    })),
  )
  const results = (await Promise.all(workflowIds.map((id) => resultsOfCycle(db, id)))).flat()
  const after = await configurations(client)
  const agents = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    cycles,
    results,
    impact: impactSummary(results, Date.now()),
    /** All proven changes of an agent together, as its users feel them. */
    improvements: Object.fromEntries(
      Map.groupBy(results, ({ strategy }) => strategy.agentId)
        .entries()
        .map(([agentId, ofAgent]) => [agentId, cumulativeImprovement(ofAgent)]),
    ),
    configurations: Object.fromEntries(agents.map((id) => [id, { before: before[id] ?? {}, after: after[id] ?? {} }])),
  }
}
export type RunReport = Awaited<ReturnType<typeof runReport>>
