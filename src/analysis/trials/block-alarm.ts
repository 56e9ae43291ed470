import type { Judgement } from '../../model/trial.ts'
import { createTrialJudge, type ObservationsByArm, type TrialJudgeOptions } from '../judging/index.ts'
import { CATASTROPHE_ALPHA } from '../judging/trial.ts'

/**
 * Notices a catastrophe in a switchback trial without waiting for the end of a pair of blocks, which may take hours: everything that started
 * with the change is compared with the past.
 * @returns a judgement only of a catastrophe
 */
export function createBlockAlarm(options: TrialJudgeOptions): (all: ObservationsByArm) => Judgement | undefined {
  const judge = createTrialJudge({ ...options, design: 'before-after', onlyCatastrophes: true, alpha: CATASTROPHE_ALPHA })
  return ({ candidate }) => {
    // In comparisons with the past, those in flight are dated by when they were seen.
    const inFlight = candidate.inFlight?.map((execution) => ({ ...execution, at: execution.at + execution.durationMs }))
    const judgement = judge.look({ control: options.history.control, candidate: { ...candidate, inFlight } }, { final: false })
    return judgement.decision === 'roll-back' ? { ...judgement, design: options.design } : undefined
  }
}
