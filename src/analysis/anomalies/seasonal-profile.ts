import { clamp } from '../statistics/summaries.ts'
import { addToDay, createWeekdayEffect, moveToDay, type WeekdayEffect } from './weekday-effect.ts'

/**
 * The usual values by time of day and by time of week (UTC). A slot of the day keeps the means of its last seven days, whose median one
 * bad day does not move; a slot of the week keeps a smoothed mean. The mean of the medians around a slot is less noisy than its own median,
 * where the day has no sharp edges. NaN is unknown.
 */
export interface SeasonalProfile {
  /** By slot of the day: the means of the latest seven days, oldest first. */
  days: Float32Array
  /** Their medians. */
  medians: Float32Array
  /** Their sum and number. */
  total: number
  known: number
  /** By slot of the week: the smoothed mean. */
  weeks: Float32Array
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
const rememberedDays = 7
/** Means are limited to this: four bytes hold no larger ones. */
const largest = 1e38
const maxSlots = 288
/** The share of a day, before and after a slot, over which its usual value is smoothed. */
const smoothedShare = 0.015
/** Weight of the latest week. */
const weekWeight = 0.4

export function createSeasonalProfile(stepSeconds: number, seasonality: Seasonality): SeasonalProfile {
  const slots = seasonality === 'none' ? 0 : Math.max(1, Math.min(maxSlots, Math.round(dayMs / 1000 / stepSeconds)))
  return {
    days: new Float32Array(slots * rememberedDays).fill(Number.NaN),
    medians: new Float32Array(slots).fill(Number.NaN),
    total: 0,
    known: 0,
    weeks: new Float32Array(seasonality === 'weekly' ? 7 * slots : 0).fill(Number.NaN),
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
  const slots = profile.medians.length
  if (slots === 0) return
  const ofDay = Math.floor((modulo(t, dayMs) * slots) / dayMs)
  const slot = modulo(Math.floor(t / dayMs), 7) * slots + ofDay
  if (slot === profile.slot) return
  if (profile.count > 0) closeSlot(profile)
  if (profile.weeks.length > 0) moveToDay(profile.weekday, Math.floor(t / dayMs), slots)
  profile.slot = slot
  profile.sum = 0
  profile.count = 0
  profile.day = getKnown(profile.medians, ofDay)
  profile.smoothDay = profile.day === null ? null : smoothAround(profile.medians, ofDay)
  profile.week = getKnown(profile.weeks, slot)
}

/** A value of the profile; null while it is unknown. */
function getKnown(values: Float32Array, index: number): number | null {
  const value = values[index] ?? Number.NaN
  return Number.isNaN(value) ? null : value
}

function smoothAround(medians: Float32Array, slot: number): number {
  const reach = Math.round(smoothedShare * medians.length)
  let sum = 0
  let count = 0
  for (let i = slot - reach; i <= slot + reach; i++) {
    const median = medians[modulo(i, medians.length)]!
    if (Number.isNaN(median)) continue
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
  const mean = Math.fround(clamp(profile.sum / profile.count, -largest, largest))
  const ofDay = profile.slot % profile.medians.length
  const days = profile.days.subarray(rememberedDays * ofDay, rememberedDays * (ofDay + 1))
  days.copyWithin(0, 1)
  days[rememberedDays - 1] = mean
  const before = getKnown(profile.medians, ofDay)
  const known = days.slice(days.findIndex((value) => !Number.isNaN(value))).sort()
  const median = known[known.length >> 1]!
  profile.total += median - (before ?? 0)
  if (before === null) profile.known++
  profile.medians[ofDay] = median
  if (profile.weeks.length === 0) return
  addToDay(profile.weekday, mean)
  const usual = getKnown(profile.weeks, profile.slot) ?? mean
  profile.weeks[profile.slot] = usual + weekWeight * (mean - usual)
}

/** The remainder with the sign of the divisor, so that times before 1970 work too. */
function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
