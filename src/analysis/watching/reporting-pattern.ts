/** How regularly what comes later than the executions that it is about, such as scores, comes while its agent works. */
export interface ReportingPattern {
  /** Steps in which it came, as far as they matter. */
  times: number
  /** Steps with executions since it came last. */
  silence: number
  /** The longest silence of late. */
  longest: number
}

/** It is expected once it has come in as many steps. */
const minTimes = 50
/** It is overdue after a silence of this many times the longest, and some steps. */
const [timesAsLong, extraSteps] = [2, 8]
/** After another day of silence, it is no longer expected. */
const longestOverdueMs = 86_400_000
/** The longest silence counts by half after this time. */
const halfLifeMs = 30 * 86_400_000

export const createReportingPattern = (): ReportingPattern => ({ times: 0, silence: 0, longest: 0 })

/** Executions, and no value. */
export const addSilence = (known: ReportingPattern): ReportingPattern => ({ ...known, silence: known.silence + 1 })

/**
 * A value. What comes in batches, such as the scores of a day at once, may stay away for as long as it comes late, and a silence that was taken
 * for the end of it is overdue only beyond that length from then on.
 * @param lateMs by how much it comes later than the newest execution that it is about
 * @param isUsual whether the silence before it was as usual
 */
export function endSilence(
  { times, silence, longest }: ReportingPattern,
  stepMs: number,
  { lateMs, isUsual }: { lateMs: number; isUsual: boolean },
): ReportingPattern {
  const faded = longest * 2 ** (-((silence + 1) * stepMs) / halfLifeMs)
  const known = isUsual ? silence : silence / timesAsLong
  return {
    times: Math.min(minTimes, times + 1),
    silence: 0,
    longest: Math.max(faded, known, lateMs / stepMs / timesAsLong),
  }
}

/** Whether it should have come again, had it come as regularly as before. */
export function isOverdue({ times, silence, longest }: ReportingPattern, stepMs: number): boolean {
  const due = timesAsLong * longest + extraSteps
  return times >= minTimes && silence > due && silence <= due + longestOverdueMs / stepMs
}
