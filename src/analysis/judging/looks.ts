import type { ArmSamples } from '../../model/trial.ts'

/** Fewer samples than this in either arm are not judged. */
export const FIRST_LOOK = 10
const LEAST_STEP = 5
const MOST_LOOKS = 50

/**
 * Sample counts at which a trial is judged. Looks in between see what the last of these saw, so that error rates
 * do not depend on how often anybody looks.
 */
export function plannedLooks(maxSamples: number): number[] {
  const step = Math.max(LEAST_STEP, Math.ceil(maxSamples / MOST_LOOKS))
  const looks: number[] = []
  for (let n = Math.min(FIRST_LOOK, maxSamples); n < maxSamples; n += step) looks.push(n)
  return [...looks, maxSamples]
}

/** The samples up to the moment at which both arms had `count`. */
export function upTo({ control, candidate }: ArmSamples, count: number, together: boolean): ArmSamples {
  if (!together) return { control, candidate: candidate.slice(0, count) }
  const moment = Math.max(control[count - 1]!.at, candidate[count - 1]!.at)
  return { control: control.filter((s) => s.at <= moment), candidate: candidate.filter((s) => s.at <= moment) }
}

/** The samples from the time in which both arms were at work. */
export function sharedTime({ control, candidate }: ArmSamples): ArmSamples {
  const start = Math.max(control[0]?.at ?? Infinity, candidate[0]?.at ?? Infinity)
  const end = Math.min(control.at(-1)?.at ?? -Infinity, candidate.at(-1)?.at ?? -Infinity)
  const within = ({ at }: { at: number }) => at >= start && at <= end
  return { control: control.filter(within), candidate: candidate.filter(within) }
}
