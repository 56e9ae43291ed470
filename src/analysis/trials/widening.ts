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
 * the time may run out without a second proof, provided that something was measured, nothing showed harm, and nothing is suspected: no
 * bound of the objective seems to be violated, and neither reports nor work seem to be missing.
 */
export function judgeWidening(judgement: Judgement): Judgement {
  const { decision, improvement, suspicion } = judgement
  const unharmed = decision === 'undecided' && improvement !== null && !suspicion
  const reason = `on half of the instances: ${decision === 'undecided' && suspicion ? suspicion : judgement.reason}`
  return { ...judgement, reason, decision: unharmed ? 'keep' : decision }
}
