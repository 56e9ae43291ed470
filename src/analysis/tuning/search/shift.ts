/** Has the workload changed, so that what was measured before says little about now? */

/** A known configuration this many standard deviations from its prediction is enough. */
const CERTAIN = 4
/** Two in a row beyond this on the same side make it worth measuring the best once more, and so does one beyond the other. */
const SUSPICIOUS = 2.5
const STARTLING = 8
/** What remains of a measurement's scatter when the standard error is accounted for: load is never quite the same. */
const DRIFT = 0.05

/** How far a measurement lies from its prediction, in standard deviations. */
export function surprise(measured: { value: number; variance: number }, predicted: { mean: number; deviation: number }): number {
  return (measured.value - predicted.mean) / Math.sqrt(predicted.deviation ** 2 + measured.variance + DRIFT ** 2)
}

/** @param surprises of the latest measurements, newest last */
export function isSuspicious(surprises: readonly number[]): boolean {
  const [b = 0, a = 0] = surprises.slice(-2).reverse()
  return Math.abs(b) > STARTLING || (Math.abs(a) > SUSPICIOUS && Math.abs(b) > SUSPICIOUS && a * b > 0)
}

export interface Sign {
  /** In standard deviations. */
  surprise: number
  /** The configuration had been measured before. */
  familiar: boolean
}

/** Whether this measurement, after earlier surprises, proves a shift. */
export function isShift({ surprise, familiar }: Sign, earlier: readonly number[]): boolean {
  return familiar && Math.abs(surprise) > (isSuspicious(earlier) ? SUSPICIOUS : CERTAIN)
}
