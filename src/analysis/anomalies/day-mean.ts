/** The mean of the last 24 hours that had values: it reveals slow changes, because it does not depend on the time of day. */
export interface DayMean {
  /** The means of the latest hours, oldest first. */
  hours: number[]
  /** The present hour, and the values in it so far. */
  hour: number
  sum: number
  count: number
}

const hourMs = 3_600_000
const hoursOfADay = 24

export function createDayMean(): DayMean {
  return { hours: [], hour: 0, sum: 0, count: 0 }
}

/** Adds a value at a time (milliseconds since the epoch). The day's mean once an hour, from 24 hours on; else undefined. */
export function updateDayMean(day: DayMean, t: number, value: number): number | undefined {
  const hour = Math.floor(t / hourMs)
  const ended = hour !== day.hour && day.count > 0
  if (ended) {
    day.hours.push(day.sum / day.count)
    if (day.hours.length > hoursOfADay) day.hours.shift()
    day.sum = 0
    day.count = 0
  }
  day.hour = hour
  day.sum += value
  day.count++
  if (!ended || day.hours.length < hoursOfADay) return undefined
  return day.hours.reduce((sum, mean) => sum + mean, 0) / hoursOfADay
}
