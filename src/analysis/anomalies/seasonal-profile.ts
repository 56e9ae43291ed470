import { addToDay, createWeekdayEffect, moveToDay, type WeekdayEffect } from './weekday-effect.ts'

/**
 * The usual values by time of day and by time of week (UTC). A slot of the day keeps the means of its last seven days, whose median one
 * bad day does not move; a slot of the week keeps a smoothed mean. The mean of the medians around a slot is less noisy than its own median,
 * where the day has no sharp edges. Means are rounded to five digits to keep the saved state small.
 */
export interface SeasonalProfile {
  /** By slot of the day: the latest means, oldest first. */
  days: number[][]
  /** Their medians; null before the first. */
  medians: (number | null)[]
  /** Their sum and number. */
  total: number
  known: number
  /** By slot of the week: the smoothed mean; null before the first. */
  weeks: (number | null)[]
  weekday: WeekdayEffect
  /** The present slot of the week, and the values in it so far. */
  slot: number
  sum: number
  count: number
  /** The usual value of the present slot by day, by the part of the day around it, and by week; null while unknown. */
  day: number | null
  smoothDay: number | null
  week: number | null
}

export type Seasonality = 'none' | 'daily' | 'weekly'

const dayMs = 86_400_000
const longestMemoryDays = 7
const maxSlots = 288
/** The share of a day, before and after a slot, over which its usual value is smoothed. */
const smoothedShare = 0.015
/** Weight of the latest week. */
const weekWeight = 0.4

export function createSeasonalProfile(stepSeconds: number, seasonality: Seasonality): SeasonalProfile {
  const slots = seasonality === 'none' ? 0 : Math.max(1, Math.min(maxSlots, Math.round(dayMs / 1000 / stepSeconds)))
  return {
    days: Array.from({ length: slots }, () => []),
    medians: new Array<number | null>(slots).fill(null),
    total: 0,
    known: 0,
    weeks: new Array<number | null>(seasonality === 'weekly' ? 7 * slots : 0).fill(null),
    weekday: createWeekdayEffect(),
    slot: -1,
    sum: 0,
    count: 0,
    day: null,
    smoothDay: null,
    week: null,
  }
}

/** Moves on to the slot of a time (milliseconds since the epoch), whose usual values are then in `day` and `week`. */
export function moveToSlot(profile: SeasonalProfile, t: number): void {
  const slots = profile.days.length
  if (slots === 0) return
  const ofDay = Math.floor((modulo(t, dayMs) * slots) / dayMs)
  const slot = modulo(Math.floor(t / dayMs), 7) * slots + ofDay
  if (slot === profile.slot) return
  if (profile.count > 0) closeSlot(profile)
  if (profile.weeks.length > 0) moveToDay(profile.weekday, Math.floor(t / dayMs), slots)
  profile.slot = slot
  profile.sum = 0
  profile.count = 0
  profile.day = profile.medians[ofDay]!
  profile.smoothDay = profile.day === null ? null : smoothAround(profile.medians, ofDay)
  profile.week = profile.weeks[slot] ?? null
}

function smoothAround(medians: readonly (number | null)[], slot: number): number {
  const reach = Math.round(smoothedShare * medians.length)
  let sum = 0
  let count = 0
  for (let i = slot - reach; i <= slot + reach; i++) {
    const median = medians[modulo(i, medians.length)]!
    if (median === null) continue
    sum += median
    count++
  }
  return sum / count
}

export function addToSlot(profile: SeasonalProfile, value: number): void {
  profile.sum += value
  profile.count++
}

function closeSlot(profile: SeasonalProfile): void {
  const mean = Number((profile.sum / profile.count).toPrecision(5))
  const ofDay = profile.slot % profile.days.length
  const days = profile.days[ofDay]!
  days.push(mean)
  if (days.length > longestMemoryDays) days.shift()
  const before = profile.medians[ofDay] ?? null
  const median = days.toSorted((a, b) => a - b)[days.length >> 1]!
  profile.total += median - (before ?? 0)
  if (before === null) profile.known++
  profile.medians[ofDay] = median
  if (profile.weeks.length === 0) return
  addToDay(profile.weekday, mean)
  const usual = profile.weeks[profile.slot] ?? mean
  profile.weeks[profile.slot] = Number((usual + weekWeight * (mean - usual)).toPrecision(5))
}

/** The remainder with the sign of the divisor, so that times before 1970 work too. */
function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
