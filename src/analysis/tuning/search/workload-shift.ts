/** Has the workload changed, so that what was measured before says little about now? */

/** A known configuration this many standard deviations from its prediction is enough. */
const CERTAIN = 4
/** Two in a row beyond this on the same side make it worth measuring the best once more, and so does one beyond the other. */
const SUSPICIOUS = 2.5
const STARTLING = 8
/** What remains of a measurement's scatter when the standard error is accounted for: load is never quite the same. */
const DRIFT = 0.05

/** How far a measurement lies from its prediction, in standard deviations. */
export function standardizedResidual(
  measured: { value: number; variance: number },
  predicted: { mean: number; deviation: number },
): number {
  return (measured.value - predicted.mean) / Math.sqrt(predicted.deviation ** 2 + measured.variance + DRIFT ** 2)
}

/**
 * How many of the latest measurements make a shift likely enough to measure the best once more.
 * @param surprises newest last
 */
export function countSuspiciousResiduals(surprises: readonly number[]): number {
  const [latest = 0, before = 0] = surprises.slice(-2).reverse()
  if (Math.abs(latest) > SUSPICIOUS && Math.abs(before) > SUSPICIOUS && latest * before > 0) return 2
  return Math.abs(latest) > STARTLING ? 1 : 0
}

/** Whether this measurement of a configuration that had been measured before, after earlier surprises, proves a shift. */
export function isWorkloadShift(surprise: number, earlier: readonly number[]): boolean {
  return Math.abs(surprise) > (countSuspiciousResiduals(earlier) > 0 ? SUSPICIOUS : CERTAIN)
}
