import { type AwaitedScores, describeAwaitedScores } from '../../model/awaited-scores.ts'
import type { Judgement } from '../../model/trial.ts'

/** The fewest executions of the candidates that show whether they keep to a floor. */
const FEWEST = 5

/**
 * The judgement of a change that may be kept only within the operator's floors. A proven one waits while nearly all scores that a floor is
 * about are still to come; if they have not come in time, it is undecided. Those that are overdue are not waited for.
 * @param awaited what is known of the metrics with floors
 * @param executions of the candidates
 */
export function requireFloorScores(
  judgement: Judgement,
  awaited: readonly AwaitedScores[],
  { executions, final }: { executions: number; final: boolean },
): Judgement {
  const late = awaited.find(({ waiting }) => executions - waiting < FEWEST)
  if (judgement.decision !== 'keep' || !late) return judgement
  const reason = `${judgement.reason}, but ${describeAwaitedScores(late)}, and the operator has set a floor for this score`
  return { ...judgement, decision: final ? 'undecided' : 'continue', code: 'doubtful', reason }
}
