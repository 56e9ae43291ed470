import { normalCdf, normalQuantile } from '../statistics/normal.ts'
import { clamp, normalizeLogWeights } from '../statistics/summaries.ts'

/** The effect of a change as far as the data show it; larger is worse. */
export interface EffectEstimate {
  estimate: number
  /** One-sided p-value of the hypothesis that there is no effect or a better one. */
  harm: number
  /** The same for no effect or a worse one. */
  gain: number
  /** The effects not rejected at this one-sided level on either side. */
  interval(level: number): [low: number, high: number]
}

/** An estimate that holds under one belief, and the log of how likely that belief is. */
export interface WeightedEstimate {
  value: number
  variance: number
  logWeight: number
}

/**
 * Averages estimates over beliefs (Bayesian model averaging, Hoeting et al. 1999), each with Student's t noise. Below one degree of freedom
 * the noise is unknown: the estimate then proves nothing and has no limits.
 */
export function averageEffects(estimates: readonly WeightedEstimate[], degrees: number): EffectEstimate {
  const weights = normalizeLogWeights(estimates.map((estimate) => estimate.logWeight))
  const parts = estimates.map(({ value, variance }, i) => ({ value, sd: Math.sqrt(variance), weight: weights[i]! }))
  const estimate = parts.reduce((sum, part) => sum + part.weight * part.value, 0)
  const widest = Math.max(...parts.map((part) => part.sd))
  if (!(degrees >= 1 && Number.isFinite(widest))) return { estimate, harm: 1, gain: 1, interval: () => [-Infinity, Infinity] }

  /** Probability of data like these if the effect were `effect` or less. */
  const above = (effect: number) =>
    parts.reduce((sum, { value, sd, weight }) => sum + weight * upperTail((value - effect) / sd, degrees), 0)
  /** The effect at which `above` is `level`: the secant method, on the normal scale, on which it is almost a line. */
  const solve = (level: number) => {
    const goal = normalQuantile(level)
    const excess = (effect: number) => normalQuantile(clamp(above(effect), 1e-12, 1 - 1e-12)) - goal
    let effect = estimate
    let missed = excess(effect)
    let step = goal * widest
    for (let i = 0; i < 20 && Math.abs(step) > 1e-6 * widest; i++) {
      effect += step
      const next = excess(effect)
      if (next === missed) break
      step *= next / (missed - next)
      missed = next
    }
    return effect
  }
  return { estimate, harm: above(0), gain: 1 - above(0), interval: (level) => [solve(level), solve(1 - level)] }
}

/** P(T > t) of Student's t, by the normal approximation of Wallace (1959): within 3% of it from 4 degrees up to t = 3.5. */
function upperTail(t: number, degrees: number): number {
  const z = ((8 * degrees + 1) / (8 * degrees + 3)) * Math.sqrt(degrees * Math.log1p((t * t) / degrees))
  return normalCdf(-Math.sign(t) * z)
}
