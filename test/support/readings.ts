/** Readings as sources give them. */
import type { ExecutionReading, ExecutionSeries } from '../../src/model/readings.ts'

/** Executions, newest first, as a series for each agent. */
export function toSeries(executions: readonly ExecutionReading[]): ExecutionSeries[] {
  return [...Map.groupBy(executions, ({ agentId }) => agentId)].map(([agentId, own]) => ({
    agentId,
    at: own.map(({ at }) => at),
    success: own.map(({ success }) => success),
    durationMs: own.map(({ durationMs }) => durationMs),
    errored: own.map(({ errored }) => errored),
    confidence: own.map(({ confidence }) => confidence),
  }))
}
