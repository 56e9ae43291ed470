/** How this day of the week usually differs from the days around it, as at a weekend: learned from the means of the latest days. */
export interface WeekdayEffect {
  /** The means of the latest days, oldest first; null for a day that was mostly missed. */
  means: (number | null)[]
  /** The present day since the epoch, and the slots of it that are over. */
  day: number | null
  sum: number
  count: number
  /** The level of this day a week ago relative to that of the days around it; 1 while unknown. */
  factor: number
}

const weekDays = 7
/** Days on each side with which a day is compared: together with it each day of the week once, so that a new level counts on neither side only. */
const around = 3
const minDays = 4
/** A day counts if this share of it was seen. */
const minSeen = 0.8
const farthest = 20

export function createWeekdayEffect(): WeekdayEffect {
  return { means: [], day: null, sum: 0, count: 0, factor: 1 }
}

/** Moves on to a day (since the epoch). @param slots of a day */
export function moveToDay(weekday: WeekdayEffect, day: number, slots: number): void {
  if (day === weekday.day) return
  if (weekday.day !== null) {
    const mean = weekday.count >= minSeen * slots ? Number((weekday.sum / weekday.count).toPrecision(5)) : null
    const missed = Math.max(0, Math.min(weekDays + around, day - weekday.day - 1))
    weekday.means = [...weekday.means, mean, ...new Array<null>(missed).fill(null)].slice(-weekDays - around)
  }
  Object.assign(weekday, { day, sum: 0, count: 0, factor: findFactor(weekday.means) })
}

/** Adds the mean of a slot of the day. */
export function addToDay(weekday: WeekdayEffect, mean: number): void {
  weekday.sum += mean
  weekday.count++
}

function findFactor(means: readonly (number | null)[]): number {
  const index = means.length - weekDays
  const then = means[index] ?? null
  const known = means.slice(Math.max(0, index - around), index + around + 1).filter((mean) => mean !== null)
  if (then === null || known.length < minDays) return 1
  const factor = then / known.toSorted((a, b) => a - b)[known.length >> 1]!
  return factor > 1 / farthest && factor < farthest ? factor : 1
}
