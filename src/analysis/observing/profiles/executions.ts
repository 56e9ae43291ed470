import type { ExecutionReading } from '../../../model/readings.ts'
import { mean, quantile, ratio } from './arithmetic.ts'

/** What the newest executions of one agent say (C1). */
export function computeExecutionMetrics(executions: readonly ExecutionReading[]) {
  const durations = executions.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
  return {
    decisionCount: executions.length,
    successRate: ratio(executions.filter(({ success }) => success).length, executions.length),
    errorRate: ratio(executions.filter(({ errored }) => errored).length, executions.length),
    responseTime: mean(durations),
    responseTimeP50: quantile(durations, 0.5),
    responseTimeP95: quantile(durations, 0.95),
    confidence: mean(executions.map(({ confidence }) => confidence).filter((confidence) => confidence !== null)),
  }
}
