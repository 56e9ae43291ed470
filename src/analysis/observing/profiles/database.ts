/** Figures from an agent's executions and decisions in the database. */
import { isSafeName } from '../../../model/name.ts'
import type { DecisionReading, ExecutionSeries, RecentReading } from '../../../model/readings.ts'
import { linearizeRatio } from '../../statistics/figures.ts'
import { computeMeanRange, computeQuantileRange } from '../../statistics/plausible-range.ts'
import { mean, meanIgnoringNulls, quantileOfSorted, sortAscending } from '../../statistics/summaries.ts'
import { NumberCollector, RatioCollector, ratio } from './ratios.ts'

/** Executions in the history of successes. */
const successHistory = 20

/**
 * Metrics of one agent from its newest 50 executions (C1), newest first: success rate `succeeded / all`, error rate `with an error / all`,
 * mean time; quantiles and the metrics that only some executions report, or report late, from more of them. Executions under values that are
 * only tried, or were restored, count for the number and the throughput only.
 * @param now milliseconds since the epoch
 */
export function computeExecutionMetrics(
  executions: ExecutionSeries | undefined,
  now: number,
  { durationsMs, reported, ratios = {} }: Pick<RecentReading, 'durationsMs' | 'reported' | 'ratios'> = {
    durationsMs: [],
    reported: {},
  },
) {
  const { success = [], errored = [], durationMs = [], confidence = null } = executions ?? {}
  // Typed arrays are summed and sorted faster, which counts for a million values.
  const newest = new Float64Array(durationMs.filter((ms) => ms !== null))
  // An agent that works rarely has fewer executions in some minutes.
  const durations = sortAscending(durationsMs.length > newest.length ? durationsMs : newest)
  const quantileOf = (share: number) => (durations.length === 0 ? null : quantileOfSorted(durations, share))
  const [successes, errors] = [toNumbers(success), toNumbers(errored)]
  // Without anything to divide by, a ratio is not known.
  const linearized = Object.entries(ratios).map(([name, parts]) => [name, linearizeRatio(parts)] as const)
  const means = [...Object.entries(reported), ...linearized.filter(([, values]) => values.length > 0)]
  return {
    decisionCount: executions?.count ?? 0,
    successHistory: success.slice(0, successHistory),
    successRate: meanIfAny(successes),
    errorRate: meanIfAny(errors),
    responseTime: meanIfAny(newest),
    responseTimeP50: quantileOf(0.5),
    responseTimeP90: quantileOf(0.9),
    responseTimeP95: quantileOf(0.95),
    responseTimeP99: quantileOf(0.99),
    confidence,
    throughput: executions ? computeThroughput(executions.count, executions.completed, executions.oldestAt, now) : null,
    metrics: Object.fromEntries(means.map(([name, values]) => [name, mean(values)])),
    plausible: {
      ...Object.fromEntries(means.map(([name, values]) => [name, computeMeanRange(values)])),
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

/** 1 for true. A loop, since `Float64Array.from` calls a function for each. */
function toNumbers(flags: readonly boolean[]): Float64Array {
  const numbers = new Float64Array(flags.length)
  for (let i = 0; i < flags.length; i++) if (flags[i]) numbers[i] = 1
  return numbers
}

const meanIfAny = (values: ArrayLike<number>) => (values.length > 0 ? mean(values) : null)

/**
 * Successful executions per minute, from the oldest of the executions until now; null with fewer than two.
 * @param executions their number
 * @param successes those that succeeded after the oldest, which starts the clock
 */
export function computeThroughput(executions: number, successes: number, oldestAt: number, now: number): number | null {
  return executions < 2 || now <= oldestAt ? null : successes / ((now - oldestAt) / 60_000)
}

/** Decisions that a profile lists. */
const recentDecisions = 5

/**
 * Metrics from the newest decisions of one agent (C1): the means of `reasoning.confidence`, `agent_state.autonomyLevel`,
 * `agent_state.performanceScore`, `agent_state.learningRate`, `outcome.actualResult` and of the number of `reasoning.alternatives`; the share
 * of true `outcome.success`; the adaptation score; the number of decisions by `reasoning.riskAssessment`. The agent wrote their JSON, so
 * unusable values are omitted and counted.
 */
export function computeDecisionMetrics(decisions: readonly DecisionReading[]) {
  const confidence = new RatioCollector()
  const learningRate = new RatioCollector()
  const actualResult = new NumberCollector()
  const alternatives = new NumberCollector(0)
  const riskAssessment: Record<string, number> = {}
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
    learningRate.add(decision.learningRate)
    actualResult.add(decision.actualResult)
    alternatives.add(decision.alternatives)
    const { riskAssessment: risk } = decision
    if (isLabel(risk)) riskAssessment[risk] = (riskAssessment[risk] ?? 0) + 1
    else if (risk !== null && risk !== undefined) ignored++
    if (typeof decision.success === 'boolean') outcomes.push(decision.success)
    else if (decision.success !== null && decision.success !== undefined) ignored++
  }
  const collected = [confidence, autonomy, performanceScore, adaptation, learningRate, actualResult, alternatives]
  return {
    confidence: meanIgnoringNulls(confidence.values),
    autonomy: meanIgnoringNulls(autonomy.values),
    performanceScore: meanIgnoringNulls(performanceScore.values),
    adaptationScore: meanIgnoringNulls(adaptation.values),
    learningRate: meanIgnoringNulls(learningRate.values),
    actualResult: meanIgnoringNulls(actualResult.values),
    alternatives: meanIgnoringNulls(alternatives.values),
    accuracyRate: ratio(outcomes.filter(Boolean).length, outcomes.length),
    riskAssessment,
    recent: decisions.slice(0, recentDecisions).map(({ at, type, confidence, success }) => ({
      at,
      type,
      confidence: typeof confidence === 'number' && confidence >= 0 && confidence <= 1 ? confidence : null,
      success: typeof success === 'boolean' ? success : null,
    })),
    ignored: collected.reduce((sum, collector) => sum + collector.ignored, ignored),
  }
}

/** A risk in a word or a few, such as `medium`. */
const isLabel = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 40 && isSafeName(value)

/**
 * How far a decision changed how the agent decides (C1 leaves it open): 1 if its feedback lists adjustments, 0 if it
 * lists none, or the ratio that the agent gives. The adaptation score is the mean.
 */
function adapted(adjustments: unknown): unknown {
  if (typeof adjustments === 'boolean') return Number(adjustments)
  if (typeof adjustments === 'object' && adjustments !== null) return Math.min(1, Object.keys(adjustments).length)
  return adjustments
}
