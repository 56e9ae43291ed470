/** The scale on which a metric is modelled: where effects add up and noise is even. */

export interface ScaledValue {
  value: number
  variance: number
}

export interface MetricScale {
  apply(value: number, standardError: number): ScaledValue
  /** A metric's value from its place on the scale. */
  invert(at: number): number
}

/** Times, sizes and other positive quantities: factors add up. */
const log: MetricScale = {
  apply: (value, error) => ({ value: Math.log(value), variance: (error / value) ** 2 }),
  invert: Math.exp,
}

/** What may be negative, in units of `unit`, so that 1 means about as much as on the other scales. */
const linear = (unit: number): MetricScale => ({
  apply: (value, error) => ({ value: value / unit, variance: (error / unit) ** 2 }),
  invert: (at) => at * unit,
})

/** The scale that suits all values seen. */
export function chooseMetricScale(values: readonly number[]): MetricScale {
  if (values.every((value) => value > 0)) return log
  return linear(Math.max(...values.map(Math.abs)) || 1)
}

/** Of what a share may miss: so that one that misses nothing has a logarithm too. */
const LITTLE = 0.1

/**
 * How far values lie beyond a bound, above 0 on its wrong side. What a share misses to 1 (or to 0 below a maximum) counts by its
 * logarithm: failures multiply, and so show long before they matter. Everything else is even near the bound and compressed
 * (asinh) far from it, where it no longer matters how far; its unit is a third of the bound.
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
