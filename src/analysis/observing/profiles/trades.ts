import type { TradeReading } from '../../../model/readings.ts'
import { ratio } from './ratios.ts'

/** The window in which trades are counted, hours. */
const windowHours = 24

/**
 * Metrics of the trades of the last day (C2): frequency `trades / 24 h`, execution success `profitable / closed`, decision quality
 * `predicted correctly / predicted`, where a prediction is correct if profit was predicted and made, or neither.
 */
export function computeTradeMetrics(trades: readonly TradeReading[]) {
  const total = (part: Exclude<keyof TradeReading, 'executedBy' | 'at'>) =>
    trades.reduce((sum, each) => sum + (each[part] ?? 0), 0)
  return {
    tradesPerHour: total('all') === 0 ? null : total('all') / windowHours,
    profitableTrades: ratio(total('profitable'), total('closed')),
    tradePredictionAccuracy: ratio(total('foreseen'), total('predicted')),
    tradeBasis:
      total('all') === 0
        ? null
        : {
            recorded: total('closed') - total('averageCost'),
            averageCost: total('averageCost'),
            uncosted: total('uncosted'),
            predicted: total('predicted') - total('decided'),
            decided: total('decided'),
            unpredicted: total('closed') - total('predicted'),
          },
  }
}

/** The trades that an agent executed, which `executed_by` may name as people do: `Market Hunter` or `Market Hunter Agent`. */
export function selectAgentTrades(agentId: string, trades: readonly TradeReading[]): TradeReading[] {
  const id = slug(agentId)
  return trades.filter(({ executedBy }) => {
    const name = executedBy === null ? '' : slug(executedBy)
    return name === id || name === `${id}-agent`
  })
}

const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
