/** Times in which a freeze window suspends a trial: the previous values are in force on its candidates. */
import type { Suspension } from '../../model/trial.ts'
import type { TrialLimits } from '../../model/trial-limits.ts'
import type { ArmObservations } from '../judging/index.ts'

/** The suspension that has not ended. */
export function findOpenSuspension(suspensions: readonly Suspension[]): Suspension | undefined {
  return suspensions.find(({ to }) => to === null)
}

/**
 * The step that a look has to take because of a freeze window. While it is unknown whether one is open, because the operator's limits cannot be read,
 * everything stays as it is.
 */
export function planSuspension({
  isSuspended,
  freeze,
  duringFreeze,
}: {
  isSuspended: boolean
  freeze: object | 'unknown' | undefined
  duringFreeze: TrialLimits['duringFreeze']
}): 'suspend' | 'resume' | 'stay' | 'observe' {
  if (freeze === 'unknown') return isSuspended ? 'stay' : 'observe'
  const suspends = freeze !== undefined && duringFreeze === 'suspend'
  if (isSuspended) return suspends ? 'stay' : 'resume'
  return suspends ? 'suspend' : 'observe'
}

/** When an observation began, and when it went on after each suspension since, milliseconds since the epoch. */
export function listObservationStarts(suspensions: readonly Suspension[], since: number): number[] {
  return [since, ...suspensions.flatMap(({ to }) => (to !== null && to > since ? to : []))]
}

/**
 * The times since an observation began in which nothing counted: until it was warm, and its suspensions, each with the warm-up after it.
 * @param warmAt when it was warm after each of its starts (`listObservationStarts`)
 */
export function listExcludedPeriods(
  suspensions: readonly Suspension[],
  { since, warmAt }: { since: number; warmAt: readonly number[] },
): { from: number; to: number }[] {
  const begun = [since, ...suspensions.flatMap(({ from, to }) => (to !== null && to > since ? from : []))]
  return begun.map((from, index) => ({ from, to: Math.min(warmAt[index]!, begun[index + 1] ?? Number.POSITIVE_INFINITY) }))
}

/** Milliseconds of a period that a trial was observed, without its suspensions. */
export function computeObservedMs(suspensions: readonly Suspension[], from: number, to: number): number {
  const overlap = (suspension: Suspension) => Math.max(0, Math.min(to, suspension.to ?? to) - Math.max(from, suspension.from))
  return to - from - suspensions.reduce((sum, suspension) => sum + overlap(suspension), 0)
}

/** The observations outside suspensions: executions by their start, since those under way still ran with the values of their start. */
export function omitSuspensions<Arm extends ArmObservations>(arm: Arm, suspensions: readonly Suspension[]): Arm {
  if (suspensions.length === 0) return arm
  const counts = (at: number) => !suspensions.some(({ from, to }) => at >= from && (to === null || at < to))
  return {
    ...arm,
    executions: arm.executions.filter(({ at, durationMs }) => counts(at - durationMs)),
    negotiations: arm.negotiations.filter(({ at }) => counts(at)),
    ...(arm.inFlight && { inFlight: arm.inFlight.filter(({ at, durationMs }) => counts(at - durationMs)) }),
  }
}
