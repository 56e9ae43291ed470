import type { CapacityForecast, Recommendation } from '../../../model/capacity.ts'
import { formatRatio, pluralize } from '../../../model/format.ts'
import { median } from '../../statistics/summaries.ts'

/** Shares of the limit: above the first, more is needed; a new allocation aims at the second; less is enough below the third. */
const levels = { high: 0.85, aim: 0.6, low: 0.3 }
/** A limit that will be reached within this time needs action now. */
const soonDays = 14
/** Whole days that show that less is enough. */
const minDaysForLess = 3
/** Relieving an agent is recommended if its CPU usage is this high, and this many times that of the others. */
const relief = { percent: 70, times: 2 }
const dayMs = 86_400_000

/**
 * The recommendations that follow from the use of resources (E2): more or fewer instances, more or less CPU and memory, and which agent to relieve.
 * @param today as `2026-11-29`
 */
export function recommendAllocations(resources: readonly CapacityForecast[], today: string): Recommendation[] {
  return [
    ...resources.flatMap((resource) => recommendFor(resource, today) ?? []),
    ...recommendRelief(resources.filter(({ isAgent, resource }) => isAgent && resource === 'cpuPercent')),
  ]
}

function recommendFor(use: CapacityForecast, today: string): Recommendation | undefined {
  const { subject, isAgent, resource, limit } = use
  if (limit === null || (resource !== 'cpuPercent' && resource !== 'memoryPercent')) return undefined
  const isCpu = resource === 'cpuPercent'
  if (isScarce(use, limit, today)) {
    if (isCpu && isAgent) return moreInstances(use, limit, today)
    return {
      kind: isCpu ? 'more-cpu' : 'more-memory',
      subject,
      text: `Give ${subject} ${formatRatio(Math.max(use.use, limit) / (levels.aim * limit) - 1, 2)} more ${isCpu ? 'CPU' : 'memory'}.`,
      evidence: describeUse(use, today),
    }
  }
  if (use.days < minDaysForLess || use.forecast?.earliest) return undefined
  if (isCpu && isAgent) return fewerInstances(use, limit, today)
  if (use.use >= levels.low * limit) return undefined
  const enough = Math.max(0.1, use.use / (levels.aim * limit))
  return {
    kind: isCpu ? 'less-cpu' : 'less-memory',
    subject,
    text: `${subject} needs less ${isCpu ? 'CPU' : 'memory'}: ${formatRatio(enough, 2)} of its current amount is enough.`,
    evidence: describeUse(use, today),
  }
}

function isScarce({ use, forecast }: CapacityForecast, limit: number, today: string): boolean {
  const reached = forecast?.reachedOn
  return use >= levels.high * limit || (Boolean(reached) && Date.parse(reached!) - Date.parse(today) <= soonDays * dayMs)
}

function moreInstances(use: CapacityForecast, limit: number, today: string): Recommendation {
  const { subject, instances } = use
  const wanted = Math.max(instances + 1, Math.ceil((instances * Math.max(use.use, limit * levels.high)) / (levels.aim * limit)))
  return {
    kind: 'more-instances',
    subject,
    text: `Run ${pluralize(wanted, 'instance')} of ${subject} instead of ${instances}.`,
    evidence: describeUse(use, today),
  }
}

/** Two instances stay, so that a trial can compare them. */
function fewerInstances(use: CapacityForecast, limit: number, today: string): Recommendation | undefined {
  const { subject, instances } = use
  const enough = Math.max(2, Math.ceil((instances * use.use) / (levels.aim * limit)))
  if (enough >= instances || use.use >= levels.low * limit) return undefined
  return {
    kind: 'fewer-instances',
    subject,
    text: `${subject} needs only ${pluralize(enough, 'instance')} instead of ${instances}.`,
    evidence: describeUse(use, today),
  }
}

/** The busiest agent, if it uses much more than the others. */
function recommendRelief(agents: readonly CapacityForecast[]): Recommendation[] {
  const [busiest, ...others] = agents.toSorted((a, b) => b.use - a.use)
  if (!busiest || others.length === 0 || busiest.use < relief.percent) return []
  const usual = median(others.map(({ use }) => use))
  if (busiest.use < relief.times * usual) return []
  const idlest = others.at(-1)!
  return [
    {
      kind: 'relieve',
      subject: busiest.subject,
      text: `Relieve ${busiest.subject}: let other agents do some of its work.`,
      evidence: [
        `In its busiest hour of the last 7 days, an instance of ${busiest.subject} used ${formatRatio(busiest.use / 100)} of a core; the median of the other agents was ${formatRatio(usual / 100)}.`,
        `${idlest.subject} used the least: ${formatRatio(idlest.use / 100)}.`,
      ],
    },
  ]
}

/** The data behind a recommendation. */
function describeUse({ subject, isAgent, resource, use, limit, days, trendPerDay, forecast }: CapacityForecast, today: string) {
  const what = resource === 'cpuPercent' ? (isAgent ? 'of a core' : 'of its CPU') : 'of its memory'
  const who = isAgent ? `an instance of ${subject}` : subject
  const present = `Based on its busiest hour of the last 7 days and its current capacity, ${who} uses ${formatRatio(use / 100)} ${what}; the limit is ${formatRatio(limit! / 100)}.`
  if (trendPerDay === null) return [present, `It was measured for ${pluralize(days, 'whole day')}, too few for a forecast.`]
  const trend = `Over ${pluralize(days, 'day')}, its busiest hour changed by ${trendPerDay.toFixed(2)} points a day.`
  if (!forecast?.reachedOn) return [present, trend]
  const { reachedOn, earliest, latest } = forecast
  const between = latest ? `between ${earliest} and ${latest}` : `after ${earliest}, possibly beyond the end of the forecast`
  return [
    present,
    trend,
    `It reaches the limit ${reachedOn <= today ? 'now' : `on ${reachedOn}`}, with 80% probability ${between}.`,
  ]
}
