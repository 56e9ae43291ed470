/** The step from the candidates to half of the instances. */
import type { Judgement } from '../../model/trial.ts'
import type { ArmAssignment } from './arm-assignment.ts'

/**
 * The control instances that get the change when it is widened to half of the live instances, rounded up; at least one remains as
 * the control. None if half of them already run with it.
 */
export function selectWideningInstances(
  { candidate, control }: Pick<ArmAssignment, 'candidate' | 'control'>,
  live: readonly string[],
): string[] {
  const having = candidate.filter((instance) => live.includes(instance)).length
  const lacking = control.filter((instance) => live.includes(instance))
  const joining = Math.min(Math.ceil((having + lacking.length) / 2) - having, lacking.length - 1)
  return lacking.slice(0, Math.max(0, joining))
}

/**
 * The verdict on continuing after a look at the instances that a proven change was widened to. The improvement is already proven, so
 * the time may run out without a second proof, provided that something was measured and nothing showed harm.
 */
export function judgeWidening(judgement: Judgement): Judgement {
  const unharmed = judgement.decision === 'undecided' && judgement.improvement !== null
  const reason = `on half of the instances: ${judgement.reason}`
  return { ...judgement, reason, decision: unharmed ? 'keep' : judgement.decision }
}
