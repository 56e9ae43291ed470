import { formatDuration, formatFigure, formatMs, formatRatio } from '../model/format.ts'
import { marketMetricSchema, marketMetrics } from '../model/market.ts'
import type { MarketProfile, TradeBasis } from '../model/profile.ts'
import type { SystemView } from '../reading/system.ts'
import { formatTime } from './format-time.ts'

/** The host, the averages over the fleet and the market, one line each, with the values that are known. */
export function formatSystem({ takenAt, market, decisionQuality, coordination, ...host }: SystemView): string[] {
  const percent = (value: number | null) => ratio(value === null ? null : value / 100)
  const whole = line(`fleet at ${formatTime(takenAt)}`, [
    ['overall score', ratio(host.overallScore)],
    ['confidence', ratio(decisionQuality.averageConfidence)],
    ['decision speed', ms(decisionQuality.decisionSpeedMs)],
    ['accuracy', ratio(decisionQuality.accuracyRate)],
    ['cooperation', ratio(coordination.cooperationScore)],
    ['message latency', ms(coordination.messageLatencyMs)],
    ['conflict resolution', ms(coordination.conflictResolutionTimeMs)],
  ])
  const machine = line('host', [
    ['CPU', percent(host.cpuPercent)],
    ['memory', percent(host.memoryPercent)],
    ['heap', percent(host.heapPercent)],
    ['storage', percent(host.storagePercent)],
    ['network', host.networkBytesPerSecond === null ? null : `${formatFigure(host.networkBytesPerSecond / 1_000)} kB/s`],
    ['worker up', formatDuration(host.uptimeSeconds * 1_000)],
    ['runtime', `${host.runtimeVersion} on ${host.platform}`],
  ])
  return [...whole, ...machine, ...(market ? formatMarket(market) : [])]
}

function formatMarket(market: MarketProfile): string[] {
  const figures = marketMetricSchema.options.map((name): Entry => {
    const value = market[name]
    return [marketMetrics[name].label, value === null ? null : `${formatFigure(value)}${marketMetrics[name].unit}`]
  })
  return [
    ...line('market', [...figures, ['age', age(market.marketAgeMs)]]),
    ...line('portfolio', [
      ['growth', ratio(market.portfolioGrowth)],
      ['goal progress', ratio(market.goalProgress)],
      ['capital deployed', ratio(market.capitalDeployed)],
      ['age', age(market.portfolioAgeMs)],
    ]),
    ...line('trades', [
      ['per hour', market.tradesPerHour === null ? null : formatFigure(market.tradesPerHour)],
      ['profitable', ratio(market.profitableTrades)],
      ['predicted correctly', ratio(market.predictionAccuracy)],
      ['basis', market.tradeBasis ? formatTradeBasis(market.tradeBasis) : null],
    ]),
  ]
}

/** "8 results at average cost, 2 sales without a known purchase, 3 predictions from decisions, 5 without a prediction". */
export function formatTradeBasis(basis: TradeBasis): string {
  const parts: [number, string][] = [
    [basis.recorded, 'recorded results'],
    [basis.averageCost, 'results at average cost'],
    [basis.uncosted, 'sales without a known purchase'],
    [basis.predicted, 'recorded predictions'],
    [basis.decided, 'predictions from decisions'],
    [basis.unpredicted, 'results without a prediction'],
  ]
  const known = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return known.length === 0 ? 'no results' : known.join(' + ')
}

type Entry = [label: string, text: string | null]

/** "market: fear and greed index 64, age 3 min"; empty if nothing is known. */
function line(title: string, entries: readonly Entry[]): string[] {
  const known = entries.filter(([, text]) => text !== null).map(([label, text]) => `${label} ${text}`)
  return known.length === 0 ? [] : [`${title}: ${known.join(', ')}`]
}

const ratio = (value: number | null) => (value === null ? null : formatRatio(value))
const ms = (value: number | null) => (value === null ? null : formatMs(value))
const age = (value: number | null) => (value === null ? null : formatDuration(value))
