/** Exact probabilities of few events, for which normal approximations are wrong. */

/** With fewer expected events than this, or as few of the opposite, probabilities are calculated exactly. */
export const MAX_EXACT_EVENTS = 4

/** The share of events that is expected, and how well it is known: as well as from this many samples. */
export interface ExpectedShare {
  share: number
  samples: number
}

/**
 * Probability of at least `events` among `count` samples: the beta-binomial predictive distribution. `events` may be a fraction, which
 * is interpolated on the log scale.
 */
export function computeUpperTailProbability(events: number, count: number, { share, samples }: ExpectedShare): number {
  const below = Math.floor(events)
  const fewer = tail(below)
  if (events === below) return fewer
  return Math.exp(Math.log(fewer) + (events - below) * (Math.log(tail(below + 1)) - Math.log(fewer)))

  function tail(least: number): number {
    if (least <= 0) return 1
    if (least > count) return 1e-12
    const a = Math.max(share * samples, MIN_PRIOR)
    const b = Math.max((1 - share) * samples, MIN_PRIOR)
    let probability = 1
    for (let i = 0; i < count; i++) probability *= (b + i) / (a + b + i)
    let sum = 0
    for (let k = 0; k < least; k++) {
      sum += probability
      probability *= ((count - k) * (a + k)) / ((k + 1) * (b + count - k - 1))
    }
    return Math.max(1 - sum, 1e-12)
  }
}

/** An event that has never happened may still happen: half an event (Jeffreys). */
const MIN_PRIOR = 0.5
