/** The step from the candidates to half of the instances. */
import type { Judgement } from '../../model/trial.ts'
import type { ObservationsByArm, TrialGoal } from '../judging/index.ts'
import { MIN_FINAL_SAMPLES_PER_ARM } from '../judging/looks.ts'
import type { ArmAssignment } from './arm-assignment.ts'
import { listRequiredMetrics } from './goal.ts'

/**
 * The control instances that get the change when it is widened to half of the live instances, rounded up; at least one remains as
 * the control. None if half of them already run with it.
 */
export function selectJoiningInstances(
  { candidate, control }: Pick<ArmAssignment, 'candidate' | 'control'>,
  live: readonly string[],
): string[] {
  const having = candidate.filter((instance) => live.includes(instance)).length
  const lacking = control.filter((instance) => live.includes(instance))
  const joining = Math.min(Math.ceil((having + lacking.length) / 2) - having, lacking.length - 1)
  return lacking.slice(0, Math.max(0, joining))
}

/** Values of a metric in each arm. */
type Counts = Judgement['samples']

/** The metric of a trial with the fewest known values. */
export interface ScarcestMetric extends Counts {
  /** Its name in reasons. */
  name: string
}

/** Values in each arm that show whether a proven change does harm on half of the instances. */
export const WIDENING_SAMPLES = 20
/** Values in each arm at which the step ends even if something is still in doubt. */
const MAX_WIDENING_SAMPLES = 4 * WIDENING_SAMPLES
/** The same as the aim of `computeProgress`: the share of its values from which the step may end, and all of them. */
export const wideningTarget = { maxSamples: MAX_WIDENING_SAMPLES, keepFrom: WIDENING_SAMPLES / MAX_WIDENING_SAMPLES }

/**
 * The metric with the fewest values in the smaller arm, among those required for keeping a change. An execution without a value, or
 * whose score is still to come, does not count.
 */
export function findScarcestMetric(goal: TrialGoal, { control, candidate }: ObservationsByArm): ScarcestMetric {
  const counted = listRequiredMetrics(goal).map(({ name, samplesOf }) => ({
    name,
    control: samplesOf(control).length,
    candidate: samplesOf(candidate).length,
  }))
  return counted.reduce((scarcest, each) => (countSmallerArm(each) < countSmallerArm(scarcest) ? each : scarcest))
}

/** The values in the smaller arm. */
export const countSmallerArm = ({ control, candidate }: Counts) => Math.min(control, candidate)

/** Whether enough is known to judge a change on half of the instances at all. */
export const hasEnoughWideningSamples = (scarcest: Counts) => countSmallerArm(scarcest) >= MIN_FINAL_SAMPLES_PER_ARM

/**
 * Looks at the instances that a proven change was widened to. When the step is due to end, it goes on while anything is in doubt, up to
 * `MAX_WIDENING_SAMPLES` in each arm: few values seem to miss work by chance, or because a process paused for a second.
 * @param look judges the values so far; `final`: as the last ones
 * @param when `isDue`: the step may end; `isOver`: it must
 * @returns the verdict on continuing, and whether it is the last one
 */
export function lookAtWidening(
  look: (final: boolean) => Judgement,
  scarcest: ScarcestMetric,
  { isDue, isOver }: { isDue: boolean; isOver: boolean },
): { judgement: Judgement; isFinal: boolean } {
  const judge = (final: boolean) => {
    const seen = look(final)
    // The judge of the target ends once it has all samples of its own; this step has its own limits.
    const isEarly = !final && seen.decision === 'undecided'
    return judgeWidening(isEarly ? { ...seen, decision: 'continue' } : seen, scarcest)
  }
  if (isOver) return { judgement: judge(true), isFinal: true }
  const soFar = judge(false)
  const mayGoOn = countSmallerArm(scarcest) < MAX_WIDENING_SAMPLES
  if (soFar.decision !== 'continue' || !isDue || (soFar.suspicion && mayGoOn)) return { judgement: soFar, isFinal: false }
  const last = judge(true)
  // The last look is about all values, so it may doubt what those before it did not.
  return last.decision === 'undecided' && mayGoOn
    ? { judgement: { ...last, decision: 'continue' }, isFinal: false }
    : { judgement: last, isFinal: true }
}

/**
 * The verdict on continuing after a look at the instances that a proven change was widened to. The improvement is already proven, so
 * the time may run out without a second proof, provided that every required metric was measured, nothing showed harm, and nothing is
 * suspected: no bound of the objective seems to be violated, and neither reports nor work seem to be missing.
 */
export function judgeWidening(judgement: Judgement, scarcest: ScarcestMetric): Judgement {
  const { decision, improvement, suspicion } = judgement
  const isMeasured = improvement !== null && hasEnoughWideningSamples(scarcest)
  const unharmed = decision === 'undecided' && isMeasured && !suspicion
  const missing = isMeasured ? undefined : `too few values of ${scarcest.name}`
  const doubt = decision === 'undecided' ? (suspicion ?? missing) : undefined
  return {
    ...judgement,
    reason: `on half of the instances: ${doubt ?? judgement.reason}`,
    decision: unharmed ? 'keep' : decision,
  }
}
