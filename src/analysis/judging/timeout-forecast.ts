import type { ArmObservations, ObservationsByArm } from './trial-metric.ts'

/** The fewest executions of the past that show how those that run as long end. */
const MIN_AS_LONG = 3

/**
 * Counts executions in flight as failures once most of the past ones that ran as long have failed: they are about to time out. They then
 * say nothing of the time of successes.
 */
export function createTimeoutForecaster({ control, candidate }: ObservationsByArm): (arm: ArmObservations) => ArmObservations {
  const past = [...control.executions, ...candidate.executions]
  const isDoomed = ({ durationMs }: { durationMs: number }) => {
    const asLong = past.filter((execution) => execution.durationMs >= durationMs)
    return asLong.length >= MIN_AS_LONG && asLong.filter(({ success }) => !success).length > asLong.length / 2
  }
  return (arm) => {
    if (!arm.inFlight?.length) return arm
    const { doomed = [], open = [] } = Object.groupBy(arm.inFlight, (execution) => (isDoomed(execution) ? 'doomed' : 'open'))
    const failures = doomed.map((execution) => ({ ...execution, success: false }))
    return { ...arm, executions: [...arm.executions, ...failures], inFlight: open }
  }
}
