export type { KnobImportance } from '../../statistics/knob-importance.ts'
export * from './learning-report.ts'
export { summarizePredictions } from './track-record.ts'
