import type { Judgement } from '../../model/trial.ts'

/**
 * A look at the instances that a proven change was widened to, as a verdict on going on. The improvement is proven already, so
 * the time may run out without a second proof, as long as something was measured and nothing showed harm.
 */
export function judgeWidening(judgement: Judgement): Judgement {
  const unharmed = judgement.decision === 'undecided' && judgement.improvement !== null
  const reason = `on half of the instances: ${judgement.reason}`
  return { ...judgement, reason, decision: unharmed ? 'keep' : judgement.decision }
}
