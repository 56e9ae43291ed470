/** Minimum number of samples in each arm. */
export const MIN_SAMPLES_PER_ARM = 10
/** The same at the last look: no more will come. */
export const MIN_FINAL_SAMPLES_PER_ARM = 8
const LEAST_STEP = 5
const MOST_LOOKS = 50

/**
 * Sample counts at which a trial is judged. Looks in between see the samples of the last of these, so error rates
 * do not depend on the number of looks.
 */
export function planLooks(maxSamples: number): number[] {
  const step = Math.max(LEAST_STEP, Math.ceil(maxSamples / MOST_LOOKS))
  const looks: number[] = []
  for (let n = Math.min(MIN_SAMPLES_PER_ARM, maxSamples); n < maxSamples; n += step) looks.push(n)
  return [...looks, maxSamples]
}
