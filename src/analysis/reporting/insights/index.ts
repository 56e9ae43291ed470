export type { KnobImportance } from './importance.ts'
export * from './learning-report.ts'
export { summarizePromises } from './track-record.ts'
