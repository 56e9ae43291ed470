/** Requests that have not finished. */
import type { Arm, ArmSamples, Sample, TrialDesign } from '../../model/trial.ts'
import { MIN_SAMPLES_PER_ARM } from './looks.ts'
import { fitReferences } from './reference.ts'

/**
 * The requests that have already run longer than a time of their own, as samples: dated by the moment at which they had run so long, whenever
 * the trial is examined; those of a switchback trial by their start, like everything in it, because they belong to the block that started them.
 * @param leastMs milliseconds; `value` is the age of a request
 */
export function selectOverdueRequests(
  inFlight: readonly Sample[],
  leastMs: (sample: Sample) => number,
  design: TrialDesign,
): Sample[] {
  return inFlight.flatMap((sample) => {
    const overdueMs = sample.value - leastMs(sample)
    if (overdueMs < 0) return []
    return design === 'switchback' ? sample : { ...sample, at: sample.at - overdueMs }
  })
}

/**
 * Adds requests in flight to the finished ones. A slow arm finishes fewer requests and a hanging one none, so the finished ones alone
 * favor both. A request in flight counts once it is so old that its clipped logarithm can no longer change (censoring at the clip); a
 * younger one says nothing yet.
 */
export function createInFlightCompleter(
  history: ArmSamples,
  design: TrialDesign,
): (finished: ArmSamples, inFlight: ArmSamples) => ArmSamples {
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
      return [...finished[arm], ...selectOverdueRequests(inFlight[arm], longest, design)].sort((a, b) => a.at - b.at)
    }
    return { control: completed('control'), candidate: completed('candidate') }
  }
}

const findClip = (samples: Sample[]) => fitReferences({ control: samples, candidate: [] }).control.clipThreshold
