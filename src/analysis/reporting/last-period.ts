const dayMs = 86_400_000
/** The epoch began on a Thursday. */
const mondayMs = 4 * dayMs

/**
 * The last whole day or week before a time; a week ends on a Monday.
 * @param at the time of day in UTC at which it ends, such as `08:00`
 * @param now milliseconds since the epoch
 */
export function computeLastPeriod(every: 'day' | 'week', at: string, now: number): { from: Date; to: Date } {
  const [hours, minutes] = at.split(':').map(Number) as [number, number]
  const lengthMs = every === 'day' ? dayMs : 7 * dayMs
  const offsetMs = (hours * 60 + minutes) * 60_000 + (every === 'day' ? 0 : mondayMs)
  const to = Math.floor((now - offsetMs) / lengthMs) * lengthMs + offsetMs
  return { from: new Date(to - lengthMs), to: new Date(to) }
}
