import { addRealizedProfits } from '../analysis/observing/profiles/realized-profit.ts'
import type { DatabaseReading, TradeReading } from '../model/readings.ts'
import type { Database } from '../store/database.ts'
import { listNewestDecisionsByAgent } from '../store/decisions.ts'
import { isCausedByData } from '../store/errors.ts'
import { findLatestPortfolio, listLatestMarketData, listUnsettledTrades, loadTradeCounts } from '../store/portfolio.ts'
import { readRecentExecutions } from '../store/recent-executions.ts'
import type { Source } from './source.ts'

const dayMs = 86_400_000

/** Source 1: executions and decisions of the agents (C1), portfolio, trades and market (C2). */
export const databaseSource: Source<DatabaseReading> = {
  name: 'database',
  async read({ db, now, agentIds, ratios }) {
    const [{ executions, recent }, decisions, portfolio, trades, market] = await Promise.all([
      readRecentExecutions(db, agentIds, ratios),
      listNewestDecisionsByAgent(db, agentIds),
      findLatestPortfolio(db).catch(insteadOf(null)),
      readTrades(db, now - dayMs).catch(insteadOf([])),
      listLatestMarketData(db).catch(insteadOf([])),
    ])
    return { executions, recent, decisions, portfolio, trades, market }
  },
  combine: (parts) => ({
    portfolio: parts.find(({ portfolio }) => portfolio)?.portfolio ?? null,
    trades: parts.find(({ trades }) => trades.length > 0)?.trades ?? [],
    market: parts.find(({ market }) => market.length > 0)?.market ?? [],
    executions: parts.flatMap(({ executions }) => executions),
    recent: parts.flatMap(({ recent }) => recent),
    decisions: parts.flatMap(({ decisions }) => decisions),
  }),
}

/** Of those who record no results, with the results of their sales. */
async function readTrades(db: Database, since: number): Promise<TradeReading[]> {
  const trades = await loadTradeCounts(db, new Date(since))
  if (!trades.some(({ unsettled }) => unsettled)) return trades
  return addRealizedProfits(trades, await listUnsettledTrades(db, new Date(since)), since)
}

/** The portfolio and the market concern no agent: if their data cannot be used, the agents' can. */
function insteadOf<Gap>(gap: Gap): (error: unknown) => Gap {
  return (error) => {
    if (isCausedByData(error)) return gap
    throw error
  }
}
