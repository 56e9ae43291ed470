/** The scale on which a metric is modeled: effects add up on it and noise is even. */

export interface ScaledValue {
  value: number
  variance: number
}

export interface MetricScale {
  apply(value: number, standardError: number): ScaledValue
  /** The metric's value at a position on the scale. */
  invert(at: number): number
}

/** Times, sizes and other positive quantities: factors add up. */
const log: MetricScale = {
  apply: (value, error) => ({ value: Math.log(value), variance: (error / value) ** 2 }),
  invert: Math.exp,
}

/** Quantities that may be negative, in units of `unit`, so that 1 means about as much as on the other scales. */
const linear = (unit: number): MetricScale => ({
  apply: (value, error) => ({ value: value / unit, variance: (error / unit) ** 2 }),
  invert: (at) => at * unit,
})

/** The scale that suits all values seen. */
export function chooseMetricScale(values: readonly number[]): MetricScale {
  if (values.every((value) => value > 0)) return log
  return linear(Math.max(...values.map(Math.abs)) || 1)
}

/** Added to the distance of a share from its best value, so that a perfect one has a logarithm too. */
const LITTLE = 0.1

/**
 * How far values lie beyond a bound, positive on its wrong side. The distance of a share from 1 (or from 0 below a maximum) is taken as
 * a logarithm: failures multiply, and so show long before they matter. Everything else is linear near the bound and compressed
 * (asinh) far from it, where the distance no longer matters; its unit is a third of the bound.
 */
export function createExcessScale(values: readonly number[], bound: number, side: number): MetricScale['apply'] {
  const compressed = (by: number, error: number) => ({ value: side * Math.asinh(by), variance: error ** 2 / (1 + by ** 2) })
  if (bound > 0 && bound < 1 && values.every((value) => value >= 0 && value <= 1)) {
    const missed = (value: number) => (side < 0 ? 1 - value : value)
    const allowed = missed(bound)
    const base = LITTLE * allowed
    return (value, error) => ({
      value: Math.log((missed(value) + base) / (allowed + base)),
      variance: (error / (missed(value) + base)) ** 2,
    })
  }
  if (bound > 0 && values.every((value) => value > 0))
    return (value, error) => compressed(3 * Math.log(value / bound), (3 * error) / value)
  const unit = Math.max(Math.abs(bound), ...values.map(Math.abs)) / 3 || 1
  return (value, error) => compressed((value - bound) / unit, error / unit)
}
