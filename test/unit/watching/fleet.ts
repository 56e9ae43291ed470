import { createRandomSource } from '../../../src/analysis/statistics/random.ts'
import { FleetAnomalyDetector, type SavedSeries, type WatchedPoint } from '../../../src/analysis/watching/index.ts'
import { builtInCatalogue, getMetric } from '../../../src/model/metric.ts'

export const stepSeconds = 60
export const stepMs = 60_000
export const start = Date.UTC(2026, 10, 2)
export const dayPoints = 1_440

export function createWatch(falseAlarmsPerDay = 1, saved: SavedSeries[] = [], maxSeries?: number): FleetAnomalyDetector {
  const describeMetric = (name: string) => getMetric(builtInCatalogue, name)
  return new FleetAnomalyDetector({ stepSeconds, falseAlarmsPerDay, maxSeries, describeMetric }, saved)
}

const metrics = ['responseTime', 'successRate', 'throughput', 'costUsd', 'cpuPercent'] as const

/** Agents without faults: correlated, heavy-tailed and seasonal series of five metrics each, by the number of the step. */
export function createQuietFleet(agents: number, seed = 1): (step: number) => WatchedPoint[] {
  const series = Array.from({ length: 5 * agents }, (_, i) => {
    const random = createRandomSource(seed, i)
    const season = 0.5 * random.uniform()
    const memory = 0.9 * random.uniform()
    const rate = 5 + 25 * random.uniform()
    const metric = metrics[i % 5]!
    let drift = 0
    const drawCount = (mean: number) => {
      let count = 0
      for (let product = random.uniform(); product > Math.exp(-mean); product *= random.uniform()) count++
      return count
    }
    const drawShare = () => {
      const tries = Math.round(rate)
      return Array.from({ length: tries }, () => Number(random.uniform() < 0.97)).reduce((sum, hit) => sum + hit, 0) / tries
    }
    return (step: number): WatchedPoint => {
      const day = 1 + season * Math.sin((2 * Math.PI * step) / dayPoints + i)
      drift = memory * drift + Math.sqrt(1 - memory ** 2) * random.normal()
      const values = {
        responseTime: () => 100 * day * Math.exp(0.15 * drift + 0.1 * random.normal()),
        successRate: drawShare,
        throughput: () => drawCount(rate * day),
        costUsd: () => 0.01 * day * Math.exp(0.5 * random.normal()),
        cpuPercent: () => Math.min(100, Math.max(0, 30 * day + 5 * drift + 3 * random.normal())),
      }
      return { component: `agent-${Math.floor(i / 5)}`, metric, value: values[metric]() }
    }
  })
  return (step) => series.map((next) => next(step))
}

/** Steps through the points of a fleet, and collects what begins and ends. */
export function run(
  watch: FleetAnomalyDetector,
  pointsOf: (step: number) => WatchedPoint[],
  [from, to]: [from: number, to: number],
) {
  const began: (ReturnType<FleetAnomalyDetector['step']>['began'][number] & { step: number })[] = []
  const ended: (ReturnType<FleetAnomalyDetector['step']>['ended'][number] & { step: number })[] = []
  for (let step = from; step < to; step++) {
    const seen = watch.step(start + step * stepMs, pointsOf(step))
    began.push(...seen.began.map((anomaly) => ({ ...anomaly, step })))
    ended.push(...seen.ended.map((anomaly) => ({ ...anomaly, step })))
  }
  return { began, ended }
}
