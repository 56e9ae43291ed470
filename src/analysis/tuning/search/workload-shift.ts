/** Detection of workload shifts, after which earlier measurements say little. */

/** A measurement of a known configuration this many standard deviations from its prediction proves a shift. */
const CERTAIN = 4
/** Two in a row beyond the first on the same side, or one beyond the second, make it worth measuring the best again. */
const SUSPICIOUS = 2.5
const STARTLING = 8
/** A measurement's scatter in addition to its standard error, because load is never quite the same. */
const DRIFT = 0.05

/** How far a measurement lies from its prediction, in standard deviations. */
export function computeStandardizedResidual(
  measured: { value: number; variance: number },
  predicted: { mean: number; deviation: number },
): number {
  return (measured.value - predicted.mean) / Math.sqrt(predicted.deviation ** 2 + measured.variance + DRIFT ** 2)
}

/**
 * The number of latest measurements that make a shift likely enough to measure the best again.
 * @param surprises newest last
 */
export function countSuspiciousResiduals(surprises: readonly number[]): number {
  const [latest = 0, before = 0] = surprises.slice(-2).reverse()
  if (Math.abs(latest) > SUSPICIOUS && Math.abs(before) > SUSPICIOUS && latest * before > 0) return 2
  return Math.abs(latest) > STARTLING ? 1 : 0
}

/** Whether a new measurement of a known configuration, after earlier surprises, proves a shift. */
export function isWorkloadShift(surprise: number, earlier: readonly number[]): boolean {
  return Math.abs(surprise) > (countSuspiciousResiduals(earlier) > 0 ? SUSPICIOUS : CERTAIN)
}
