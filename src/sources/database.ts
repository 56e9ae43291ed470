import type { DatabaseReading } from '../model/readings.ts'
import { listNewestDecisionsByAgent } from '../store/decisions.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import { countTrades, findLatestPortfolio, listLatestPrices } from '../store/portfolio.ts'
import type { Source } from './source.ts'

const dayMs = 86_400_000

/** Source 1: executions and decisions of the agents (C1), portfolio, trades and market (C2). */
export const databaseSource: Source<DatabaseReading> = {
  name: 'database',
  async read({ db, now, agentIds }) {
    const [executions, decisions, portfolio, trades, prices] = await Promise.all([
      listNewestExecutionsByAgent(db, agentIds),
      listNewestDecisionsByAgent(db, agentIds),
      findLatestPortfolio(db),
      countTrades(db, new Date(now - dayMs)),
      listLatestPrices(db),
    ])
    return { executions, decisions, portfolio, trades, prices }
  },
}
