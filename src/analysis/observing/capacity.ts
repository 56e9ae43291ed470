import { type AlertThresholds, toMetricName } from '../../model/alert-threshold.ts'
import type { CapacityForecast } from '../../model/capacity.ts'
import { median } from '../statistics/summaries.ts'
import { forecastSeries } from './forecasting/forecast-series.ts'

const dayMs = 86_400_000
/** Resources and the limits of their use, as far as they have one. */
const defaultLimits: Readonly<Record<string, number | null>> = {
  cpuPercent: 90,
  memoryPercent: 90,
  storagePercent: 90,
  memoryMb: null,
}
/** A shorter history shows neither a trend nor how wrong a forecast would be. */
const minDays = 14
const longestForecastDays = 60
const week = 7
/** The share of one core above which a process is known to use several, so that one core is not a limit. */
export const multiCoreThresholdPercent = 110
/** The probabilities of the earliest and the latest day. */
const outer = { earliest: 0.9, latest: 0.1 }

/** The use of a resource by day, oldest first; days may be missing. */
export interface ResourceHistory {
  subject: string
  isAgent: boolean
  /** Whether it is a single process that may use all cores of its host. */
  isProcess?: boolean
  resource: string
  instances: number
  days: readonly { day: string; busiest: number; highest: number }[]
}

/** The limits of resources: the values above which an alert is critical, or else the usual ones. */
export function getResourceLimits(thresholds: AlertThresholds): Record<string, number | null> {
  const configured = Object.entries(thresholds)
    .filter(([, { direction }]) => direction !== 'below')
    .map(([name, { critical }]) => [toMetricName(name), critical] as const)
  return Object.fromEntries(
    Object.entries(defaultLimits).map(([resource, limit]) => [
      resource,
      configured.find(([name, critical]) => name === resource && critical !== undefined)?.[1] ?? limit,
    ]),
  )
}

/**
 * The use of resources, ordered by day, as a history of each. A component that was not measured within the last day is gone and needs nothing.
 * @param now milliseconds since the epoch
 */
export function listResourceHistories(
  use: readonly (Omit<ResourceHistory, 'days'> & ResourceHistory['days'][number] & { lastAt: Date })[],
  now: number,
): ResourceHistory[] {
  return [...Map.groupBy(use, ({ subject, resource }) => `${resource} ${subject}`).values()].flatMap((days) => {
    const { subject, isAgent, isProcess, resource, instances, lastAt } = days.at(-1)!
    if (lastAt.getTime() < now - dayMs) return []
    return [
      {
        subject,
        isAgent,
        isProcess,
        resource,
        instances,
        days: days.map(({ day, busiest, highest }) => ({ day, busiest, highest })),
      },
    ]
  })
}

/**
 * The trend of a resource, and the day on which its busiest hour reaches a limit, with the interval that contains that day with a
 * probability of 80%. The forecast reaches half as far as the history is long; without two weeks of history there is none.
 * @param limit null if there is none
 * @param today as `2026-11-29`; not over yet, so it counts for the present use only
 */
export function forecastCapacity(
  { days, isProcess = false, ...resource }: ResourceHistory,
  limit: number | null,
  today: string,
): CapacityForecast {
  const whole = days.filter(({ day }) => day < today)
  const values = fillDays(whole)
  const known = whole.length
  const weekAgo = addDays(today, -week)
  const recent = days.filter(({ day }) => day >= weekAgo).map(({ busiest }) => busiest)
  const isKnown = known >= minDays
  const reachable = resource.resource === 'cpuPercent' && (isProcess || usesSeveralCores(days)) ? null : limit
  return {
    ...resource,
    days: known,
    use: Math.max(0, ...recent),
    trendPerDay: isKnown ? slopePerDay(values) : null,
    limit: reachable,
    forecast: isKnown && reachable !== null ? forecastLimit(resource.resource, values, whole.at(-1)!.day, reachable) : null,
  }
}

/** The CPU usage of a process is a share of one core, which then is not its limit. */
const usesSeveralCores = (days: ResourceHistory['days']) => days.some(({ highest }) => highest > multiCoreThresholdPercent)

function forecastLimit(resource: string, values: readonly (number | null)[], lastDay: string, limit: number) {
  const horizonDays = Math.min(longestForecastDays, Math.floor(values.length / 2))
  const share = resource.endsWith('Percent') ? { max: Math.max(100, limit) } : {}
  const steps = forecastSeries(values, { steps: horizonDays, season: week, min: 0, ...share })
  const find = (probability: number) => {
    const step = steps.findIndex(({ quantile }) => quantile(probability) >= limit)
    return step === -1 ? null : addDays(lastDay, step + 1)
  }
  return { reachedOn: find(0.5), earliest: find(outer.earliest), latest: find(outer.latest), horizonDays }
}

/** A value for each day from the first to the last, null where it was not measured. */
function fillDays(days: ResourceHistory['days']): (number | null)[] {
  const [first, last] = [days[0], days.at(-1)]
  if (!first || !last) return []
  const byDay = new Map(days.map(({ day, busiest }) => [day, busiest]))
  const length = Math.round((Date.parse(last.day) - Date.parse(first.day)) / dayMs) + 1
  return Array.from({ length }, (_, index) => byDay.get(addDays(first.day, index)) ?? null)
}

/** The median of the slopes between all pairs of days, which single days cannot distort (Theil 1950, Sen 1968). */
function slopePerDay(values: readonly (number | null)[]): number {
  const points = values.flatMap((value, day) => (value === null ? [] : [{ day, value }]))
  return median(points.flatMap((a, i) => points.slice(i + 1).map((b) => (b.value - a.value) / (b.day - a.day))))
}

const addDays = (day: string, days: number) => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
