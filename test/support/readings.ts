/** Readings as sources give them. */
import { meanIgnoringNulls } from '../../src/analysis/statistics/summaries.ts'
import type { ExecutionReading, ExecutionSeries } from '../../src/model/readings.ts'

/** Executions, newest first, as a series for each agent. */
export function toSeries(executions: readonly ExecutionReading[]): ExecutionSeries[] {
  return [...Map.groupBy(executions, ({ agentId }) => agentId)].map(([agentId, own]) => {
    const times = own.map(({ at }) => at)
    const oldestAt = Math.min(...times)
    return {
      agentId,
      newestAt: Math.max(...times),
      oldestAt,
      count: own.length,
      completed: own.filter(({ at, success }) => success && at > oldestAt).length,
      success: own.map(({ success }) => success),
      durationMs: own.map(({ durationMs }) => durationMs),
      errored: own.map(({ errored }) => errored),
      confidence: meanIgnoringNulls(own.map(({ confidence }) => confidence)),
    }
  })
}
