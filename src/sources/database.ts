import type { DatabaseReading } from '../model/readings.ts'
import { newestDecisionsByAgent } from '../store/decisions.ts'
import { newestExecutionsByAgent } from '../store/executions.ts'
import { latestPortfolio, latestPrices, tradesSince } from '../store/portfolio.ts'
import type { Source } from './source.ts'

const dayMs = 86_400_000

/** Source 1: executions and decisions of the agents (C1), portfolio, trades and market (C2). */
export const database: Source<DatabaseReading> = {
  name: 'database',
  async read({ db, now, agentIds }) {
    const [executions, decisions, portfolio, trades, prices] = await Promise.all([
      newestExecutionsByAgent(db, agentIds),
      newestDecisionsByAgent(db, agentIds),
      latestPortfolio(db),
      tradesSince(db, new Date(now - dayMs)),
      latestPrices(db),
    ])
    return { executions, decisions, portfolio, trades, prices }
  },
}
