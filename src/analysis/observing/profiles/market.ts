import type { CurrentMarket } from '../../../model/market.ts'
import type { MarketProfile } from '../../../model/profile.ts'
import type { DatabaseReading, MarketReading } from '../../../model/readings.ts'
import { variance } from '../../statistics/summaries.ts'
import { computeValueLifetimeMs, summarizeTimes } from '../freshness.ts'
import { ratio } from './ratios.ts'
import { computeTradeMetrics } from './trades.ts'

/** Portfolio values in USD: the start (no progress) and the goal. */
export interface PortfolioGoal {
  start: number
  target: number
}

/**
 * The environment the fleet trades in (C2): growth `(total − start) / start`, goal progress `(total − start) / (target − start)`,
 * capital deployed `invested / total`, trades of the last day, and the newest known value of each figure of the market, with ages.
 * Null if nothing was recorded.
 * @param now milliseconds since the epoch
 */
export function buildMarketProfile(
  { portfolio, trades, market }: Pick<DatabaseReading, 'portfolio' | 'trades' | 'market'>,
  { start, target }: PortfolioGoal,
  now: number,
): MarketProfile | null {
  if (!portfolio && trades.length === 0 && market.length === 0) return null
  const { tradesPerHour, profitableTrades, tradePredictionAccuracy, tradeBasis } = computeTradeMetrics(trades)
  const ageOf = (at: number | undefined) => (at === undefined ? null : Math.max(0, now - at))
  return {
    volatility: computeVolatility(market.map(({ priceUsd }) => priceUsd)),
    portfolioGrowth: portfolio && ratio(portfolio.totalValueUsd - start, start),
    goalProgress: portfolio && ratio(portfolio.totalValueUsd - start, target - start),
    capitalDeployed: portfolio && ratio(portfolio.btcValueUsd, portfolio.totalValueUsd),
    tradesPerHour,
    profitableTrades,
    predictionAccuracy: tradePredictionAccuracy,
    tradeBasis,
    volume24h: findNewest(market, 'volume24h'),
    priceChange24h: findNewest(market, 'priceChange24h'),
    fearGreedIndex: findNewest(market, 'fearGreedIndex'),
    marketAgeMs: ageOf(market[0]?.at),
    portfolioAgeMs: ageOf(portfolio?.at),
  }
}

/**
 * The market now: the newest value of each market metric that is not too old. Null if there is none.
 * @param newestFirst rows of `market_data`
 * @param now milliseconds since the epoch
 */
export function readCurrentMarket(newestFirst: readonly MarketReading[], now: number): CurrentMarket {
  const lifetimeMs = computeValueLifetimeMs(summarizeTimes(newestFirst.map(({ at }) => at)))
  const current = newestFirst.filter(({ at }) => now - at <= lifetimeMs)
  return {
    volatility: current.length === 0 ? null : computeVolatility(newestFirst.map(({ priceUsd }) => priceUsd)),
    volume24h: findNewest(current, 'volume24h'),
    priceChange24h: findNewest(current, 'priceChange24h'),
    fearGreedIndex: findNewest(current, 'fearGreedIndex'),
  }
}

/** The newest value of a figure that some rows lack. */
function findNewest<Part extends keyof MarketReading>(newestFirst: readonly MarketReading[], part: Part) {
  return newestFirst.find((row) => row[part] !== null)?.[part] ?? null
}

/** The sample standard deviation of the relative changes between consecutive prices, percent; null with fewer than three prices. */
export function computeVolatility(newestFirst: readonly number[]): number | null {
  const prices = newestFirst.filter((price) => price > 0)
  const changes = prices.slice(1).map((before, index) => (prices[index]! / before - 1) * 100)
  return changes.length < 2 ? null : Math.sqrt(variance(changes, 1))
}
