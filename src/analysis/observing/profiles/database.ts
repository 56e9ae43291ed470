/** Figures from an agent's executions and decisions in the database. */
import type { DecisionReading, ExecutionReading, RecentReading } from '../../../model/readings.ts'
import { computeMeanRange, computeQuantileRange } from '../../statistics/plausible-range.ts'
import { mean, meanIgnoringNulls, quantile } from '../../statistics/summaries.ts'
import { RatioCollector, ratio } from './ratios.ts'

/**
 * Figures of one agent from its newest executions (C1), newest first; quantiles and the metrics that only some executions report, or
 * report late, from more of them.
 * @param now milliseconds since the epoch
 */
export function computeExecutionMetrics(
  executions: readonly ExecutionReading[],
  now: number,
  { durationsMs, reported }: Pick<RecentReading, 'durationsMs' | 'reported'> = { durationsMs: [], reported: {} },
) {
  const newest = executions.map(({ durationMs }) => durationMs).filter((ms) => ms !== null)
  // An agent that works rarely has fewer executions in some minutes.
  const durations = durationsMs.length > newest.length ? durationsMs : newest
  const successes = executions.map(({ success }) => Number(success))
  const errors = executions.map(({ errored }) => Number(errored))
  return {
    decisionCount: executions.length,
    successRate: meanIgnoringNulls(successes),
    errorRate: meanIgnoringNulls(errors),
    responseTime: meanIgnoringNulls(newest),
    responseTimeP50: quantile(durations, 0.5),
    responseTimeP90: quantile(durations, 0.9),
    responseTimeP95: quantile(durations, 0.95),
    responseTimeP99: quantile(durations, 0.99),
    confidence: meanIgnoringNulls(executions.map(({ confidence }) => confidence)),
    throughput: computeThroughput(executions, now),
    metrics: Object.fromEntries(Object.entries(reported).map(([name, values]) => [name, mean(values)])),
    plausible: {
      ...Object.fromEntries(Object.entries(reported).map(([name, values]) => [name, computeMeanRange(values)])),
      successRate: computeMeanRange(successes),
      errorRate: computeMeanRange(errors),
      responseTime: computeMeanRange(newest),
      responseTimeP50: computeQuantileRange(durations, 0.5),
      responseTimeP90: computeQuantileRange(durations, 0.9),
      responseTimeP95: computeQuantileRange(durations, 0.95),
      responseTimeP99: computeQuantileRange(durations, 0.99),
    },
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
