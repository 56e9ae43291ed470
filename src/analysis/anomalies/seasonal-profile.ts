/**
 * The usual values by time of day and by time of week (UTC). A slot of the day keeps the means of its last seven days, whose median one
 * bad day does not move; a slot of the week keeps a smoothed mean. Means are rounded to five digits to keep the saved state small.
 */
export interface SeasonalProfile {
  /** By slot of the day: the latest means, oldest first. */
  days: number[][]
  /** By slot of the week: the smoothed mean; null before the first. */
  weeks: (number | null)[]
  /** The present slot of the week, and the values in it so far. */
  slot: number
  sum: number
  count: number
  /** The usual value of the present slot, by day and by week; null while unknown. */
  day: number | null
  week: number | null
}

export type Seasonality = 'none' | 'daily' | 'weekly'

const dayMs = 86_400_000
const longestMemoryDays = 7
const mostSlots = 288
/** Weight of the latest week. */
const weekWeight = 0.4

export function createSeasonalProfile(stepSeconds: number, seasonality: Seasonality): SeasonalProfile {
  const slots = seasonality === 'none' ? 0 : Math.max(1, Math.min(mostSlots, Math.round(dayMs / 1000 / stepSeconds)))
  return {
    days: Array.from({ length: slots }, () => []),
    weeks: new Array<number | null>(seasonality === 'weekly' ? 7 * slots : 0).fill(null),
    slot: -1,
    sum: 0,
    count: 0,
    day: null,
    week: null,
  }
}

/** Moves on to the slot of a time (milliseconds since the epoch), whose usual values are then in `day` and `week`. */
export function enterSlot(profile: SeasonalProfile, t: number): void {
  const slots = profile.days.length
  if (slots === 0) return
  const ofDay = Math.floor((modulo(t, dayMs) * slots) / dayMs)
  const slot = modulo(Math.floor(t / dayMs), 7) * slots + ofDay
  if (slot === profile.slot) return
  if (profile.count > 0) closeSlot(profile)
  profile.slot = slot
  profile.sum = 0
  profile.count = 0
  const days = profile.days[ofDay]!
  profile.day = days.length > 0 ? days.toSorted((a, b) => a - b)[days.length >> 1]! : null
  profile.week = profile.weeks[slot] ?? null
}

export function addToSlot(profile: SeasonalProfile, value: number): void {
  profile.sum += value
  profile.count++
}

function closeSlot(profile: SeasonalProfile): void {
  const mean = Number((profile.sum / profile.count).toPrecision(5))
  const days = profile.days[profile.slot % profile.days.length]!
  days.push(mean)
  if (days.length > longestMemoryDays) days.shift()
  if (profile.weeks.length === 0) return
  const usual = profile.weeks[profile.slot] ?? mean
  profile.weeks[profile.slot] = Number((usual + weekWeight * (mean - usual)).toPrecision(5))
}

/** The remainder with the sign of the divisor, so that times before 1970 work too. */
function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
