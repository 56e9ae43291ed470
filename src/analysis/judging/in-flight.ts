/** Requests that have not finished. */
import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { MIN_SAMPLES_PER_ARM } from './looks.ts'
import { fitReferences } from './reference.ts'

/**
 * Adds requests in flight to the finished ones. A slow arm finishes fewer requests and a hanging one none, so the finished ones alone
 * favor both. A request in flight counts once it is so old that its clipped logarithm can no longer change (censoring at the clip), and from
 * the moment at which it was that old, whenever the trial is examined; a younger one says nothing yet.
 */
export function createInFlightCompleter(history: ArmSamples): (finished: ArmSamples, inFlight: ArmSamples) => ArmSamples {
  const usual: Partial<Record<Arm, (sample: Sample) => number>> = {}
  const findLongest = (arm: Arm, control: Sample[]) => {
    if (history[arm].length < MIN_SAMPLES_PER_ARM) return control.length < MIN_SAMPLES_PER_ARM ? undefined : findClip(control)
    usual[arm] ??= findClip(history[arm])
    return usual[arm]
  }
  return (finished, inFlight) => {
    const completed = (arm: Arm) => {
      const longest = inFlight[arm].length > 0 ? findLongest(arm, finished.control) : undefined
      if (!longest) return finished[arm]
      const old = inFlight[arm].flatMap((sample) => {
        const overdueMs = sample.value - longest(sample)
        return overdueMs >= 0 ? { ...sample, at: sample.at - overdueMs } : []
      })
      return [...finished[arm], ...old].sort((a, b) => a.at - b.at)
    }
    return { control: completed('control'), candidate: completed('candidate') }
  }
}

const findClip = (samples: Sample[]) => fitReferences({ control: samples, candidate: [] }).control.clipThreshold
