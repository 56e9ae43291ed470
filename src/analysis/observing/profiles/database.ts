/** Figures from an agent's executions and decisions in the database. */
import type { DecisionReading, ExecutionReading } from '../../../model/readings.ts'
import { mean, meanIgnoringNulls, quantile } from '../../statistics/summaries.ts'
import { RatioCollector, ratio } from './ratios.ts'

/** Figures from the newest executions of one agent (C1), newest first. @param now milliseconds since the epoch */
export function computeExecutionMetrics(executions: readonly ExecutionReading[], now: number) {
  const durations = executions.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
  return {
    decisionCount: executions.length,
    successRate: ratio(executions.filter(({ success }) => success).length, executions.length),
    errorRate: ratio(executions.filter(({ errored }) => errored).length, executions.length),
    responseTime: meanIgnoringNulls(durations),
    responseTimeP50: quantile(durations, 0.5),
    responseTimeP90: quantile(durations, 0.9),
    responseTimeP95: quantile(durations, 0.95),
    responseTimeP99: quantile(durations, 0.99),
    confidence: meanIgnoringNulls(executions.map(({ confidence }) => confidence)),
    throughput: computeThroughput(executions, now),
    metrics: computeReportedMeans(executions),
  }
}

/** Successful executions per minute, from the oldest of the executions until now; null with fewer than two. */
export function computeThroughput(executions: readonly { at: number; success: boolean }[], now: number): number | null {
  if (executions.length < 2) return null
  const oldest = Math.min(...executions.map(({ at }) => at))
  // The oldest starts the clock.
  const successes = executions.filter(({ at, success }) => success && at > oldest).length
  return now > oldest ? successes / ((now - oldest) / 60_000) : null
}

/** The mean of every metric that executions reported, over those that reported it. */
function computeReportedMeans(executions: readonly ExecutionReading[]): Record<string, number> {
  const values = new Map<string, number[]>()
  for (const { metrics } of executions)
    for (const [name, value] of Object.entries(metrics ?? {})) values.set(name, [...(values.get(name) ?? []), value])
  return Object.fromEntries([...values].map(([name, all]) => [name, mean(all)]))
}

/** Figures from the newest decisions of one agent (C1). The agent wrote their JSON, so unusable values are omitted and counted. */
export function computeDecisionMetrics(decisions: readonly DecisionReading[]) {
  const confidence = new RatioCollector()
  const autonomy = new RatioCollector()
  const performanceScore = new RatioCollector()
  const adaptation = new RatioCollector()
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
    confidence: meanIgnoringNulls(confidence.values),
    autonomy: meanIgnoringNulls(autonomy.values),
    performanceScore: meanIgnoringNulls(performanceScore.values),
    adaptationScore: meanIgnoringNulls(adaptation.values),
    accuracyRate: ratio(outcomes.filter(Boolean).length, outcomes.length),
    ignored: ignored + confidence.ignored + autonomy.ignored + performanceScore.ignored + adaptation.ignored,
  }
}

/**
 * How far a decision changed how the agent decides (C1 leaves it open): 1 if its feedback lists adjustments, 0 if it
 * lists none, or the ratio that the agent gives. The adaptation score is the mean.
 */
function adapted(adjustments: unknown): unknown {
  if (typeof adjustments === 'boolean') return Number(adjustments)
  if (typeof adjustments === 'object' && adjustments !== null) return Math.min(1, Object.keys(adjustments).length)
  return adjustments
}
