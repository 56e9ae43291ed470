import { addSilence, createReportingPattern, endSilence, isOverdue, type ReportingPattern } from './reporting-pattern.ts'

/** Whether a series should have a value in a step: as JSON. */
export interface ReportingExpectation {
  /** How steadily executions report it: each step with a value adds one, each without takes as much as many add. */
  steadiness: number
  /** How regularly it comes later than executions; missing if it never did. */
  lateness?: ReportingPattern
}

/** A metric is expected of executions once nearly all steps of late had a value. */
const steadiness = { expected: 50, most: 1_000, lostByOne: 10 }

export const createReportingExpectation = (): ReportingExpectation => ({ steadiness: 0 })

/** Learns from a step with executions, with a value of them or without one. */
export function learnFromExecutions(state: ReportingExpectation, hasValue: boolean): void {
  const next = state.steadiness + (hasValue ? 1 : -steadiness.lostByOne)
  state.steadiness = Math.min(steadiness.most, Math.max(1, next))
}

/** Learns from a value. @param lateMs by how much it is late, if it is of earlier executions */
export function learnFromValue(state: ReportingExpectation, stepMs: number, lateMs: number | undefined, isUsual: boolean): void {
  if (lateMs === undefined && !state.lateness) return
  state.lateness = endSilence(state.lateness ?? createReportingPattern(), stepMs, { lateMs: lateMs ?? 0, isUsual })
}

/** Whether executions used to report it, or it is known that they no longer do. */
export function isExpectedFromExecutions(state: ReportingExpectation, isKnownToBeMissing: boolean): boolean {
  return state.steadiness >= steadiness.expected || (state.steadiness > 0 && isKnownToBeMissing)
}

/** Whether it comes later than executions, and a step with executions and without a value makes it overdue; learns that step. */
export function isOverdueAfterExecutions(state: ReportingExpectation, stepMs: number): boolean {
  if (!state.lateness) return false
  state.lateness = addSilence(state.lateness)
  return isOverdue(state.lateness, stepMs)
}
