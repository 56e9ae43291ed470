import { isSameValue } from '../../../model/knob.ts'
import type { TrialFacts } from './trial-facts.ts'

/** The stage a strategy has reached. `superseded` was kept and has been changed since; `left` was never carried out. */
export type TrialStage =
  | 'planned'
  | 'waiting'
  | 'approved'
  | 'refused'
  | 'left'
  | 'running'
  | 'restoring'
  | 'restored'
  | 'kept'
  | 'superseded'

export function determineStage({ trial, approval, leftBecause, cycleEnded, strategy, current }: TrialFacts): TrialStage {
  if (!trial) {
    if (approval?.state === 'open') return 'waiting'
    if (approval?.state === 'approved') return 'approved'
    if (approval) return 'refused'
    return leftBecause || cycleEnded ? 'left' : 'planned'
  }
  switch (trial.state) {
    case 'restored':
    case 'restoring':
      return trial.state
    case 'kept':
      return strategy.actions.every(({ knob, to }) => isSameValue(current.values[knob], to)) ? 'kept' : 'superseded'
    default:
      return 'running'
  }
}
