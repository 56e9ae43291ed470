import { computeSavings } from '../analysis/reporting/results/index.ts'
import { estimatePace } from '../analysis/trials/pace.ts'
import type { StandingResult } from '../model/result.ts'
import type { Savings } from '../model/saving.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import type { ReadingContext } from './context.ts'

/** Executions that show how often an agent works now, and which of them report a cost. */
const NEWEST = 1_000

/** What kept changes save in money, at the present rate of their agents, which is that of their newest executions. */
export async function loadSavings({ db }: Pick<ReadingContext, 'db'>, kept: readonly StandingResult[]): Promise<Savings> {
  // Without a rate, it is known whose executions are needed.
  const concerned = computeSavings(kept, () => 1).agents.map(({ agentId }) => agentId)
  if (concerned.length === 0) return { totals: [], agents: [] }
  const now = Date.now()
  const executions = await listNewestExecutionsByAgent(db, [...new Set(concerned)], NEWEST)
  const byAgent = Map.groupBy(executions, ({ agentId }) => agentId)
  return computeSavings(kept, (agentId, metric) => {
    const own = byAgent.get(agentId) ?? []
    const pace = estimatePace(own, now)
    const reporting = own.filter(({ metrics }) => metrics?.[metric] !== undefined).length
    return pace && pace.reduce((sum, perHour) => sum + perHour, 0) * (reporting / own.length)
  })
}
