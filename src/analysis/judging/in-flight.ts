/** Requests that have not finished. */
import type { Arm, ArmSamples } from '../../model/trial.ts'
import { MIN_SAMPLES_PER_ARM } from './looks.ts'
import { fitReferences } from './reference.ts'

/**
 * Adds requests in flight to the finished ones. A slow arm finishes fewer requests and a hanging one none, so the finished ones alone
 * favour both. A request in flight counts once it is so old that its clipped logarithm can no longer change (censoring at the clip), and from
 * the moment at which it was that old, whenever the trial is examined; a younger one says nothing yet.
 */
export function createInFlightCompleter(history: ArmSamples): (finished: ArmSamples, inFlight: ArmSamples) => ArmSamples {
  return (finished, inFlight) => {
    const completed = (arm: Arm) => {
      const known = [history[arm], finished.control].find((samples) => samples.length >= MIN_SAMPLES_PER_ARM)
      if (!known) return finished[arm]
      const { clipThreshold: longest } = fitReferences({ control: known, candidate: [] }).control
      const old = inFlight[arm].flatMap((sample) => {
        const overdueMs = sample.value - longest(sample)
        return overdueMs >= 0 ? { ...sample, at: sample.at - overdueMs } : []
      })
      return [...finished[arm], ...old].sort((a, b) => a.at - b.at)
    }
    return { control: completed('control'), candidate: completed('candidate') }
  }
}
