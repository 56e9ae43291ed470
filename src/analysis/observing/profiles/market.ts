import type { MarketProfile } from '../../../model/profile.ts'
import type { DatabaseReading } from '../../../model/readings.ts'
import { variance } from '../../statistics/summaries.ts'
import { ratio } from './ratios.ts'

/** Portfolio values in USD: the start (no progress) and the goal. */
export interface Goal {
  start: number
  target: number
}

/**
 * The environment the fleet trades in (C2): growth `(total − start) / start`, goal progress
 * `(total − start) / (target − start)`, trades per hour over the last day. Null if nothing was recorded.
 */
export function buildMarketProfile(
  { portfolio, trades, prices }: DatabaseReading,
  { start, target }: Goal,
): MarketProfile | null {
  if (!portfolio && trades.all === 0 && prices.length === 0) return null
  return {
    volatility: volatility(prices),
    portfolioGrowth: portfolio && ratio(portfolio.totalValueUsd - start, start),
    goalProgress: portfolio && ratio(portfolio.totalValueUsd - start, target - start),
    capitalDeployed: portfolio && ratio(portfolio.btcValueUsd, portfolio.totalValueUsd),
    tradesPerHour: trades.all === 0 ? null : trades.all / 24,
    profitableTrades: ratio(trades.profitable, trades.closed),
    predictionAccuracy: ratio(trades.foreseen, trades.predicted),
  }
}

function volatility(newestFirst: readonly number[]): number | null {
  const prices = newestFirst.filter((price) => price > 0)
  const changes = prices.slice(1).map((before, index) => (prices[index]! / before - 1) * 100)
  return changes.length < 2 ? null : Math.sqrt(variance(changes, 1))
}
