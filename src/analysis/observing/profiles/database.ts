/** What an agent's executions and decisions say, as the database holds them. */
import type { DecisionReading, ExecutionReading } from '../../../model/readings.ts'
import { meanOfKnown, quantile } from '../../statistics/summaries.ts'
import { Ratios, ratio } from './ratios.ts'

/** What the newest executions of one agent say (C1). */
export function executionMetrics(executions: readonly ExecutionReading[]) {
  const durations = executions.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
  return {
    decisionCount: executions.length,
    successRate: ratio(executions.filter(({ success }) => success).length, executions.length),
    errorRate: ratio(executions.filter(({ errored }) => errored).length, executions.length),
    responseTime: meanOfKnown(durations),
    responseTimeP50: quantile(durations, 0.5),
    responseTimeP95: quantile(durations, 0.95),
    confidence: meanOfKnown(executions.map(({ confidence }) => confidence)),
  }
}

/** What the newest decisions of one agent say (C1). Their JSON is the agent's own: what is not usable is counted and left out. */
export function decisionMetrics(decisions: readonly DecisionReading[]) {
  const confidence = new Ratios()
  const autonomy = new Ratios()
  const performanceScore = new Ratios()
  const adaptation = new Ratios()
  const outcomes: boolean[] = []
  let ignored = 0
  for (const decision of decisions) {
    confidence.add(decision.confidence)
    autonomy.add(decision.autonomy)
    performanceScore.add(decision.performanceScore)
    adaptation.add(adapted(decision.learningAdjustments))
    if (typeof decision.success === 'boolean') outcomes.push(decision.success)
    else if (decision.success !== null && decision.success !== undefined) ignored++
  }
  return {
    confidence: meanOfKnown(confidence.values),
    autonomy: meanOfKnown(autonomy.values),
    performanceScore: meanOfKnown(performanceScore.values),
    adaptationScore: meanOfKnown(adaptation.values),
    accuracyRate: ratio(outcomes.filter(Boolean).length, outcomes.length),
    ignored: ignored + confidence.ignored + autonomy.ignored + performanceScore.ignored + adaptation.ignored,
  }
}

/**
 * How far a decision changed how the agent decides (C1 leaves it open): 1 where its feedback lists adjustments, 0 where it
 * lists none, and what the agent says where it says a ratio. The adaptation score is the mean.
 */
function adapted(adjustments: unknown): unknown {
  if (typeof adjustments === 'boolean') return Number(adjustments)
  if (typeof adjustments === 'object' && adjustments !== null) return Math.min(1, Object.keys(adjustments).length)
  return adjustments
}
