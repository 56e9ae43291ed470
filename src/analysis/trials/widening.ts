/** The step from the candidates to half of the instances. */
import type { Judgement } from '../../model/trial.ts'
import type { ArmAssignment } from './arm-assignment.ts'

/**
 * Which instances of the control take over the change when it is widened to half of those that live, rounded up, so that
 * at least one goes on as the control. None where half of them run with it already.
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
 * A look at the instances that a proven change was widened to, as a verdict on going on. The improvement is proven already, so
 * the time may run out without a second proof, as long as something was measured and nothing showed harm.
 */
export function judgeWidening(judgement: Judgement): Judgement {
  const unharmed = judgement.decision === 'undecided' && judgement.improvement !== null
  const reason = `on half of the instances: ${judgement.reason}`
  return { ...judgement, reason, decision: unharmed ? 'keep' : judgement.decision }
}
