import type { Arm, Sample } from '../../model/trial.ts'
import { clamp, mean, median } from '../statistics/summaries.ts'

/** Location and spread of the logs of an instance's values when nothing is changed. */
interface Reference {
  centre: number
  /** Robust standard deviation (1.4826 × median absolute deviation). */
  scale: number
}

/** Values are clipped at this many robust standard deviations from the instance's median. */
const CLIP = 2
const LEAST_CLIP = 0.15
/** The tail score rises from 0 to 1 over this range of robust standard deviations above the median. */
const TAIL: [from: number, to: number] = [2, 4]
const LEAST_TAIL_SCALE = 0.05
/** With fewer samples than this of an instance, its whole arm says more about it. */
export const MIN_INSTANCE_SAMPLES = 20

/** An arm's usual behaviour, by instance, against which its values since the change are read. */
export interface ArmReference {
  /** Mean of the clipped logs in history. */
  level: number
  /** Clipped log of a value, as the deviation from its own instance's mean in history. */
  deviation(sample: Sample): number
  /** From this value on, every value of an instance has the same clipped log. */
  clipThreshold(instance: string): number
  /** 0 for a usual value, 1 for one far out in the upper (costly) tail, if all logs are `move` higher than they used to be. */
  tailScore(sample: Sample, move: number): number
}
export type ArmReferences = Record<Arm, ArmReference>

/** Learns an arm's usual behaviour from samples taken when nothing was changed. */
export function fitReference(history: readonly Sample[]): ArmReference {
  const byInstance = Map.groupBy(history, (sample) => sample.instance)
  const known = new Map<string, Reference & { level: number }>()
  const whole = describe(history)
  for (const [instance, samples] of byInstance)
    known.set(instance, byInstance.size > 1 && samples.length >= MIN_INSTANCE_SAMPLES ? describe(samples) : whole)
  return {
    level: whole.level,
    deviation(sample) {
      const reference = known.get(sample.instance) ?? whole
      return clip(sample.value, reference) - reference.level
    },
    clipThreshold: (instance) => Math.exp(limits(known.get(instance) ?? whole)[1]),
    tailScore(sample, move) {
      const { centre, scale } = known.get(sample.instance) ?? whole
      const distance = (Math.log(sample.value) - centre - move) / Math.max(scale, LEAST_TAIL_SCALE)
      return clamp((distance - TAIL[0]) / (TAIL[1] - TAIL[0]), 0, 1)
    },
  }
}

function describe(samples: readonly Sample[]) {
  const logs = samples.map((sample) => Math.log(sample.value))
  const centre = median(logs)
  const reference = { centre, scale: 1.4826 * median(logs.map((log) => Math.abs(log - centre))) }
  return { ...reference, level: mean(samples.map((sample) => clip(sample.value, reference))) }
}

function clip(value: number, reference: Reference): number {
  return clamp(Math.log(value), ...limits(reference))
}

function limits({ centre, scale }: Reference): [low: number, high: number] {
  const reach = Math.max(CLIP * scale, LEAST_CLIP)
  return [centre - reach, centre + reach]
}
