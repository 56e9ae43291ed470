import { type Boundary, createBoundary } from '../statistics/group-sequential.ts'

/** Minimum number of samples in each arm. */
export const MIN_SAMPLES_PER_ARM = 10
/** The same at the last look: no more will come. */
export const MIN_FINAL_SAMPLES_PER_ARM = 8
const MIN_STEP = 5
const MAX_LOOKS = 50

/**
 * Sample counts at which a trial is judged. Looks in between see the samples of the last of these, so error rates
 * do not depend on the number of looks.
 */
function planLooks(maxSamples: number): number[] {
  const step = Math.max(MIN_STEP, Math.ceil(maxSamples / MAX_LOOKS))
  const looks: number[] = []
  for (let n = Math.min(MIN_SAMPLES_PER_ARM, maxSamples); n < maxSamples; n += step) looks.push(n)
  return [...looks, maxSamples]
}

/** Looks beyond the planned ones come each time that the samples have grown by this factor. */
const GROWTH = 1.2
/** The share of an error probability that is left for them. */
const RESERVE = 0.25

/** How many of the samples a look is about, and the one-sided error probability that it has, of one over all looks. */
export interface DueLook {
  count: number
  level(alpha: number): number
}

/**
 * The look that is due with so many samples. Between two planned looks it is about the samples of the last one, so that it does not matter
 * how often anybody looks; the final one is about all samples, and spends what is left.
 * @param plan `maxGuardSamples`: a test that goes on after `maxSamples` is looked at up to these, by default not at all; `information`: the share
 * of that of `all` samples which the first `n` have, by default `n / all`
 */
export function createLookPlan({
  maxSamples,
  maxGuardSamples = maxSamples,
  information = (n, all) => n / all,
}: {
  maxSamples: number
  maxGuardSamples?: number | undefined
  information?: (n: number, all: number) => number
}): (samples: number, final: boolean) => DueLook {
  const planned = planLooks(maxSamples)
  const all = [...planned, ...planLaterLooks(maxSamples, maxGuardSamples)]
  const reserve = all.length > planned.length ? RESERVE : 0
  const fractionOf = (n: number) => (n <= maxSamples ? information(n, maxSamples) : 1 / information(maxSamples, n))
  const boundaries = new Map<string, Boundary>()
  return (samples, final) => {
    const goesOn = samples > maxSamples
    const looks = goesOn ? all : planned
    const boundaryOf = (alpha: number) => {
      const key = `${alpha} ${goesOn}`
      const boundary = boundaries.get(key) ?? createBoundary(looks.map(fractionOf), alpha, reserve)
      boundaries.set(key, boundary)
      return boundary
    }
    if (final && samples >= MIN_FINAL_SAMPLES_PER_ARM && samples < all.at(-1)!) {
      const before = looks.filter((n) => n < samples).length
      return { count: samples, level: (alpha) => boundaryOf(alpha).ending(before, fractionOf(samples)) }
    }
    const reached = Math.max(
      0,
      looks.findLastIndex((n) => n <= samples),
    )
    return { count: looks[reached]!, level: (alpha) => boundaryOf(alpha).levels[reached]! }
  }
}

function planLaterLooks(maxSamples: number, maxGuardSamples: number): number[] {
  const looks: number[] = []
  for (let n = GROWTH * maxSamples; n < maxGuardSamples; n *= GROWTH) looks.push(Math.round(n))
  return maxGuardSamples > maxSamples ? [...looks, maxGuardSamples] : looks
}
