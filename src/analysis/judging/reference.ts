import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { clamp, mean, median, quantile, quantileOfSorted, sortAscending } from '../statistics/summaries.ts'
import { fitUsualLogValues, type UsualLogValues } from './usual-log-values.ts'

/** Values are clipped at this many robust standard deviations from the usual value. */
const CLIP = 2
/** The smallest distance, so that changes in values that hardly vary are also measured. */
export const MIN_CLIP = 0.3

/** Limits beyond which logs count as that much. They are the same for both arms. */
interface Limits {
  centre: number
  /** Distance of either limit. */
  reach: number
}

/** The usual behavior of an arm, against which its values since the change are read. */
export interface ArmReference {
  /** Mean of the clipped logs in history, without what belongs to the strata. */
  level: number
  /** The log of a value less the usual one of its stratum and its instance. */
  residual(sample: Sample): number
  /** The residual, clipped. */
  clipped(sample: Sample): number
  /** The same, as the deviation from the mean of its own instance in history. */
  deviation(sample: Sample): number
  /** The residuals of samples, and how far all their quartiles have moved in one direction; one alone may change between two modes. */
  read(samples: readonly Sample[]): { residuals: readonly number[]; commonMove: number }
  /**
   * Mean deviation of samples, and the deviations. The limits follow values that have all moved beyond them, so that a large
   * effect is measured in full; a usual one leaves them where they are.
   */
  measure(samples: readonly Sample[]): { move: number; deviations: number[] }
  /** From this value on, every value of an instance has the same clipped log. */
  clipThreshold(sample: Sample): number
}
/** Both arms' usual behavior. */
export type ArmReferences = Record<Arm, ArmReference> & {
  /** A quantile of the residuals of both arms in history. */
  residualAt(share: number): number
}

/** Learns the usual behavior of both arms from samples taken when nothing was changed. */
export function fitReferences(history: ArmSamples): ArmReferences {
  const expected = fitUsualLogValues(history)
  return describe(history, expected, expected.of, ({ control, candidate }) => median([...control, ...candidate]))
}

/**
 * The same from the arms' samples since the change, if there is no history: of the levels only those of the strata are learned, because a
 * difference between the instances is the effect.
 */
export function fitReferencesWithoutHistory({ control, candidate }: ArmSamples): ArmReferences {
  const asOne = (samples: readonly Sample[], instance: Arm) => samples.map((sample) => ({ ...sample, instance }))
  const arms = { control: asOne(control, 'control'), candidate: asOne(candidate, 'candidate') }
  const expected = fitUsualLogValues(arms)
  // Halfway between the arms: the limits cut neither off from the other, whichever has more samples.
  const findCenter = (residuals: Residuals) => (median(residuals.control) + median(residuals.candidate)) / 2
  return describe(arms, { ...expected, ofInstance: () => 0, knowsInstance: () => false }, expected.ofStratum, findCenter)
}

type Residuals = Record<Arm, readonly number[]>

function describe(
  history: ArmSamples,
  instances: Pick<UsualLogValues, 'ofInstance' | 'knowsInstance'>,
  expected: UsualLogValues['of'],
  findCenter: (residuals: Residuals) => number,
): ArmReferences {
  const residualOf = (sample: Sample) => Math.log(sample.value) - expected(sample)
  const byArm = { control: history.control.map(residualOf), candidate: history.candidate.map(residualOf) }
  const residuals = [...byArm.control, ...byArm.candidate]
  const limits = findLimits(residuals, findCenter(byArm))
  const clip = (residual: number, shift = 0) =>
    clamp(residual, limits.centre + shift - limits.reach, limits.centre + shift + limits.reach)

  const quartiles = quartilesOf(residuals)
  const findCommonMove = (values: readonly number[]) => {
    const moves = quartilesOf(values).map((value, i) => value - quartiles[i]!)
    const isCommon = moves.every((move) => Math.sign(move) === Math.sign(moves[0]!))
    return isCommon ? Math.sign(moves[0]!) * Math.min(...moves.map(Math.abs)) : 0
  }
  // The typical value and the slow tail of a look are read from the same samples.
  const known = new WeakMap<readonly Sample[], ReturnType<ArmReference['read']>>()
  const read: ArmReference['read'] = (samples) => {
    const reading = known.get(samples)
    if (reading) return reading
    const residuals = samples.map(residualOf)
    const fresh = { residuals, commonMove: findCommonMove(residuals) }
    known.set(samples, fresh)
    return fresh
  }

  const arm = (samples: readonly Sample[]): ArmReference => {
    const clipped = samples.map((sample) => ({ instance: sample.instance, value: clip(residualOf(sample)) }))
    const whole = mean(clipped.map(({ value }) => value))
    const own = new Map<string, number>()
    for (const [instance, values] of Map.groupBy(clipped, ({ instance }) => instance))
      if (instances.knowsInstance(instance)) own.set(instance, mean(values.map(({ value }) => value)))
    const usual = ({ instance }: Sample) => own.get(instance) ?? whole
    return {
      level: whole + mean(samples.map((sample) => instances.ofInstance(sample.instance))),
      residual: residualOf,
      clipped: (sample) => clip(residualOf(sample)),
      deviation: (sample) => clip(residualOf(sample)) - usual(sample),
      read,
      measure(since) {
        const { residuals, commonMove } = read(since)
        const shift = Math.sign(commonMove) * Math.max(0, Math.abs(commonMove) - limits.reach)
        const deviations = since.map((sample, i) => clip(residuals[i]!, shift) - usual(sample))
        return { move: mean(deviations), deviations }
      },
      clipThreshold: (sample) => Math.exp(expected(sample) + limits.centre + limits.reach),
    }
  }
  return {
    control: arm(history.control),
    candidate: arm(history.candidate),
    residualAt: (share) => quantile(residuals, share)!,
  }
}

function quartilesOf(values: readonly number[]): number[] {
  const ascending = sortAscending(values)
  return [0.25, 0.5, 0.75].map((share) => quantileOfSorted(ascending, share))
}

function findLimits(residuals: readonly number[], centre: number): Limits {
  const scale = 1.4826 * median(residuals.map((residual) => Math.abs(residual - centre)))
  return { centre, reach: Math.max(CLIP * scale, MIN_CLIP) }
}
