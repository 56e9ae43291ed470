export { createJudge, type Judge, type JudgeOptions, type Look } from './judge.ts'
export type { Metric } from './samples.ts'
export { type ArmObservations, createTrialJudge, type TrialJudge, type TrialJudgeOptions } from './trial.ts'
