import type { ComponentSeries } from './input.ts'

/** Fewer values, fewer rises and rises in fewer of the steps do not show a counter. */
const fewest = { values: 10, rises: 5, share: 0.3 }
/** A counter falls only when it is reset, to less than this share, and in at most this share of the steps. */
const reset = { to: 0.5, share: 0.02 }

/**
 * The increases from step to step of a series that counts up, such as all bytes sent since a start; any other series as it is. The increase
 * at the first step, after a gap and at a reset is not known.
 * @param since the step at which the degradation began: only what came before shows what the series is
 */
export function convertCounterToIncreases(series: ComponentSeries, since: number): ComponentSeries {
  // A gauge may only rise, or not change at all, while something is wrong.
  if (!isCounter(series.values.slice(0, since))) return series
  const values = series.values.map((value, i, all) => {
    const before = all[i - 1]
    return isKnown(value) && isKnown(before) && value >= before ? value - before : null
  })
  return { ...series, values }
}

function isCounter(values: ComponentSeries['values']): boolean {
  const known = values.filter(isKnown)
  if (known.length < fewest.values) return false
  let [rises, resets] = [0, 0]
  for (let i = 1; i < known.length; i++) {
    const [before, value] = [known[i - 1]!, known[i]!]
    if (value > before) rises++
    else if (value < reset.to * before) resets++
    else if (value < before) return false
  }
  return rises >= Math.max(fewest.rises, fewest.share * known.length) && resets <= reset.share * known.length
}

export const isKnown = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value)
