import type { TrialFacts } from './trial-facts.ts'

/**
 * The stage a strategy has reached. `superseded` was kept, and a later kept change builds on it; `overridden` was kept, and a person has
 * set other values since; `forgotten` was kept, and its agent was forgotten; `undone` was kept and rolled back later; `left` was never
 * carried out.
 */
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
  | 'overridden'
  | 'forgotten'
  | 'undone'

export function determineStage({ trial, approval, leftBecause, cycleEnded, result, standing }: TrialFacts): TrialStage {
  if (!trial) {
    if (approval?.state === 'open') return 'waiting'
    if (approval?.state === 'approved') return 'approved'
    if (approval) return 'refused'
    return leftBecause || cycleEnded ? 'left' : 'planned'
  }
  switch (trial.state) {
    case 'restoring':
      return 'restoring'
    case 'restored':
      return result?.success || result?.keptBy ? 'undone' : 'restored'
    case 'kept':
      return standing === null || standing === 'in-force' || standing === 'restored' ? 'kept' : standing
    default:
      return 'running'
  }
}
