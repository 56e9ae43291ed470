export type { KnobImportance } from '../../statistics/knob-importance.ts'
export * from './learning-report.ts'
export { summarizePromises } from './track-record.ts'
