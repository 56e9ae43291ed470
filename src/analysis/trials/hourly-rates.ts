/** How often an agent works, by hour of day where that is known. */
import { computePauseThresholdMs, isPlausiblePauseCount } from '../statistics/pauses.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Executions needed to know how often an agent works. */
const MIN_EXECUTIONS = 20
/** Hours of the day are distinguished once this much is known. */
const MIN_FOR_HOURS_MS = 2 * dayMs
/** Older executions say little about the present. */
const LONGEST_PAST_MS = 14 * dayMs
/** The average of all hours counts as this many observations of each hour. */
const PRIOR_HOURS = 1
/** No wait is longer than this. */
const LONGEST_WAIT_MS = 366 * dayMs

/** Expected executions of the whole agent in each hour of the day (UTC), 24 of them. */
export type HourlyRates = readonly number[]

/**
 * The rates of an agent; null if too little is known. Silence counts: the last execution may have been long ago. A few pauses, in which the
 * agent was stopped, hardly count while less than two days are known.
 * @param executions its newest ones, in any order; `at` in milliseconds since the epoch
 * @param now milliseconds since the epoch
 */
export function estimateHourlyRates(executions: readonly { at: number }[], now: number): HourlyRates | null {
  const known = executions.filter(({ at }) => at <= now)
  if (known.length < MIN_EXECUTIONS) return null
  const recent = known.filter(({ at }) => at > now - LONGEST_PAST_MS)
  // It works rarely, or no more.
  if (recent.length < MIN_EXECUTIONS) return Array.from({ length: 24 }, () => (recent.length * hourMs) / LONGEST_PAST_MS)
  const times = recent.map(({ at }) => at).sort((a, b) => a - b)
  const from = times[0]!
  const usual = ((times.length - 1) / Math.max(1, now - from)) * hourMs
  if (now - from < MIN_FOR_HOURS_MS) {
    const whileRunning = ((times.length - 1) / Math.max(1, now - from - measurePausesMs(times))) * hourMs
    return Array.from({ length: 24 }, () => whileRunning)
  }
  const counts = countByHour(times)
  const hours = measureHours(from, now)
  return counts.map((count, hour) => (count + PRIOR_HOURS * usual) / (hours[hour]! + PRIOR_HOURS))
}

/** Milliseconds between executions in which the agent was stopped. @param times in ascending order */
function measurePausesMs(times: readonly number[]): number {
  const gaps = times.slice(1).map((at, index) => at - times[index]!)
  const longest = computePauseThresholdMs(gaps)
  const pauses = gaps.filter((gap) => gap > longest)
  return isPlausiblePauseCount(pauses.length) ? pauses.reduce((sum, gap) => sum + gap - longest, 0) : 0
}

/**
 * Milliseconds until an agent has worked this often, from a time on; infinite if that takes longer than a year.
 * @param from milliseconds since the epoch
 */
export function estimateWaitMs(rates: HourlyRates, executions: number, from: number): number {
  let missing = executions
  let at = from
  while (missing > 0) {
    if (at - from > LONGEST_WAIT_MS) return Number.POSITIVE_INFINITY
    const untilNextHour = hourMs - (at % hourMs)
    const expected = (rates[hourOf(at)]! * untilNextHour) / hourMs
    if (expected >= missing) return at - from + (missing / expected) * untilNextHour
    missing -= expected
    at += untilNextHour
  }
  return at - from
}

/** How often an agent is expected to work in a period of time from `from` on. */
export function estimateExecutions(rates: HourlyRates, ms: number, from: number): number {
  let executions = 0
  for (let at = from; at < from + ms; ) {
    const next = Math.min(from + ms, at + hourMs - (at % hourMs))
    executions += (rates[hourOf(at)]! * (next - at)) / hourMs
    at = next
  }
  return executions
}

const hourOf = (at: number) => Math.floor(at / hourMs) % 24

function countByHour(times: readonly number[]): number[] {
  const counts = Array.from({ length: 24 }, () => 0)
  for (const at of times) counts[hourOf(at)]!++
  return counts
}

/** How many hours between two times belong to each hour of the day. */
function measureHours(from: number, to: number): number[] {
  const hours = Array.from({ length: 24 }, () => 0)
  for (let at = from; at < to; ) {
    const next = Math.min(to, at + hourMs - (at % hourMs))
    hours[hourOf(at)]! += (next - at) / hourMs
    at = next
  }
  return hours
}
