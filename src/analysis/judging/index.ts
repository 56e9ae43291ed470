export type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
export type { LevelBound } from './bound.ts'
export type { Guard, GuardLook } from './guard.ts'
export { createJudge, type Judge, type LookResult } from './judge.ts'
export type { JudgeOptions } from './options.ts'
export { listAwaitedScores } from './reporting-check.ts'
export type { JudgedMetric, LookSamples, SwitchbackBlock } from './samples.ts'
export { toSlowShare } from './slow-share.ts'
export {
  createTrialJudge,
  createUsualGoal,
  type TrialGoal,
  type TrialJudge,
  type TrialJudgeOptions,
} from './trial.ts'
export { type ArmObservations, type ObservationsByArm, type TrialMetric, toTrialMetric } from './trial-metric.ts'
export { toWeightedSum } from './weighted-sum.ts'
