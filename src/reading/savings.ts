import { computeSavings } from '../analysis/reporting/results/index.ts'
import { estimateHourlyRates } from '../analysis/trials/hourly-rates.ts'
import type { StandingResult } from '../model/result.ts'
import type { Savings } from '../model/saving.ts'
import { listReportingRates } from '../store/reporting-rates.ts'
import type { ReadContext } from './context.ts'

/** Executions that show how often an agent works now, and which of them report a cost. */
const NEWEST = 1_000

/** The money saved by kept changes at the present rate of their agents, which is that of their newest executions. */
export async function loadSavings({ db }: Pick<ReadContext, 'db'>, kept: readonly StandingResult[]): Promise<Savings> {
  // Without a rate, it is known whose executions are needed.
  const concerned = computeSavings(kept, () => 1).agents
  const rates = await listReportingRates(db, concerned, NEWEST)
  const now = Date.now()
  return computeSavings(kept, (agentId, metric) => {
    const rate = rates.find((each) => each.agentId === agentId && each.metric === metric)
    const pace = estimateHourlyRates(rate?.times.map((at) => ({ at })) ?? [], now)
    return pace && pace.reduce((sum, perHour) => sum + perHour, 0) * (rate!.reporting / rate!.times.length)
  })
}
