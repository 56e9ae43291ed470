/** How long values count, and where they come from (C7). */
import type { FigureOrigin, SourceName } from '../../model/profile.ts'

const minuteMs = 60_000
/** The longest time between two cycles by default. */
export const minValueLifetimeMs = 10 * minuteMs
/** For values that are rarely reported by nature: late scores, and agents' self-reports. */
export const rareReportLifetimeMs = 60 * minuteMs
/** The longest lifetime, also of the portfolio and of trades. */
export const maxValueLifetimeMs = 24 * 60 * minuteMs
/** An agent that works rarely is idle, not stopped, for this number of its usual intervals. */
const usualIntervals = 5

/** When something was recorded; milliseconds since the epoch. */
export interface RecordingTimes {
  newestAt: number | null
  oldestAt: number | null
  count: number
}

export function summarizeTimes(times: readonly number[]): RecordingTimes {
  if (times.length === 0) return { newestAt: null, oldestAt: null, count: 0 }
  return { newestAt: Math.max(...times), oldestAt: Math.min(...times), count: times.length }
}

/**
 * How long values count after their newest data: 10 minutes, or for an agent that works rarely five times its mean interval,
 * `5 · (newest − oldest) / (count − 1)`, at most a day. Milliseconds.
 */
export function computeValueLifetimeMs({ newestAt, oldestAt, count }: RecordingTimes): number {
  if (newestAt === null || oldestAt === null || count < 2) return minValueLifetimeMs
  const interval = (newestAt - oldestAt) / (count - 1)
  return Math.min(maxValueLifetimeMs, Math.max(minValueLifetimeMs, usualIntervals * interval))
}

/** Collects the origins of the values in a profile. */
export class OriginCollector {
  private readonly now: number
  private readonly origins: FigureOrigin[] = []

  /** @param now milliseconds since the epoch */
  constructor(now: number) {
    this.now = now
  }

  /**
   * @param names of the figures
   * @param figures by name; those that are null have no origin
   * @param newestAt of the data that they are computed from; null for values by default, which always count
   */
  add<Name extends string>(
    source: SourceName,
    names: readonly Name[],
    figures: Readonly<Partial<Record<Name, unknown>>>,
    newestAt: number | null,
    lifetimeMs: number,
  ): void {
    const present = names.filter((name) => figures[name] !== null && figures[name] !== undefined)
    if (present.length === 0) return
    const ageMs = newestAt === null ? null : Math.max(0, this.now - newestAt)
    const isCurrent = ageMs === null || ageMs <= lifetimeMs
    const known = this.origins.find(
      (origin) => origin.source === source && origin.ageMs === ageMs && origin.isCurrent === isCurrent,
    )
    if (known) known.figures.push(...present)
    else this.origins.push({ source, ageMs, isCurrent, figures: present })
  }

  list(): FigureOrigin[] {
    return this.origins
  }
}
