import type { ArmSamples, Sample } from '../../model/trial.ts'
import { fitLocationEffect } from './location.ts'
import { fitProportionEffect } from './proportion.ts'
import { fitReferences } from './reference.ts'

/** Equal values are a heap if they are at least this share of both arms, and all others are at least this many times as large. */
const MIN_SHARE = 0.05
const APART = 1.9
/** One-sided p-value at which the heap is another share of the candidate's values than of the control's. */
const DIFFERENT = 0.05

/**
 * Values that are a heap at the lower end, such as times of 0 ms or hits of a cache, and others far above it: the distance between both
 * makes the noise of a mean of all large. As long as the heap has the same share in both arms, the effect is that on the others. Undefined if
 * there is no heap.
 */
export function fitEffectOutsidePointMass(history: ArmSamples) {
  const { control, candidate } = history
  const heap = [...control, ...candidate].reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const isOther = ({ value }: Sample) => value > heap
  const isHeap = (samples: readonly Sample[]) => samples.filter((sample) => !isOther(sample)).length >= MIN_SHARE * samples.length
  const others = { control: control.filter(isOther), candidate: candidate.filter(isOther) }
  const isApart = [...others.control, ...others.candidate].every(({ value }) => value >= APART * heap)
  if (!isHeap(control) || !isHeap(candidate) || !isApart || Math.min(others.control.length, others.candidate.length) < 20)
    return undefined
  const toEvents = (samples: readonly Sample[]) => samples.map((sample) => ({ ...sample, value: Number(isOther(sample)) }))
  const shareEffect = fitProportionEffect({ control: toEvents(control), candidate: toEvents(candidate) })
  const location = fitLocationEffect(others, fitReferences(others))
  return (since: ArmSamples) => {
    const { harm, gain } = shareEffect({ control: toEvents(since.control), candidate: toEvents(since.candidate) })
    const apart = { control: since.control.filter(isOther), candidate: since.candidate.filter(isOther) }
    const isSame = Math.min(harm, gain) > DIFFERENT && Math.min(apart.control.length, apart.candidate.length) >= 10
    return isSame ? location(apart) : undefined
  }
}
