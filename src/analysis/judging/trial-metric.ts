/** Metrics as trials judge them: which samples, and by which statistic. */
import { OptimizerError } from '../../model/errors.ts'
import { isNegotiationMetric, isUsableForJudging, type NegotiationMetric } from '../../model/judged-metric.ts'
import { isRatioMetric, type Metric, toKindAndDirection } from '../../model/metric.ts'
import type { MetricValues } from '../../model/metric-value.ts'
import { readExecutionMetric, readExecutionRatio } from '../../model/readings.ts'
import type { Sample } from '../../model/trial.ts'
import type { EffectSummary, JudgedMetric, SwitchbackBlock } from './samples.ts'

/** The observations of one arm's instances. */
export interface ArmObservations {
  executions: {
    at: number
    instance: string
    durationMs: number
    success: boolean
    errored?: boolean
    confidence?: number | null
    metrics?: MetricValues | null
    /** The type of the work; only executions of one type are compared with each other. */
    type?: string | null
  }[]
  negotiations: {
    at: number
    instance: string
    agreed: boolean
    latencyMs?: number | null
    conflictResolutionTimeMs?: number | null
  }[]
  /** Unfinished executions that started under the arm's version, when they were last seen: `durationMs` is their age then (`at`). */
  inFlight?: { at: number; instance: string; durationMs: number; type?: string | null }[]
}

export interface ObservationsByArm {
  control: ArmObservations
  candidate: ArmObservations
  /** For the design `switchback`: its finished pairs of blocks, in chronological order. */
  blocks?: readonly SwitchbackBlock[]
}

export interface TrialMetric extends JudgedMetric {
  /** Its name in the catalogue; `name` is its name in reasons. */
  metric: string
  /** For a quantity: the median of times, because a few slow ones must not decide; the mean of what adds up, such as costs. */
  summary: EffectSummary
  /** The quantile that is to be improved instead, 0–1. */
  quantile?: number | undefined
  /**
   * The samples that are compared. Times are those of successes: that of a failure says nothing of how long an answer takes, and a change
   * that makes executions fail early does not make them fast.
   */
  samplesOf(arm: ArmObservations): Sample[]
  /** Every sample, for bounds: somebody waited for a failure too. */
  everySampleOf(arm: ArmObservations): Sample[]
  /** Of a time: the executions in flight with their ages. */
  inFlightOf?: (arm: ArmObservations) => Sample[]
}

type Execution = ArmObservations['executions'][number]

/** The metric as trials judge it. @throws OptimizerError `unusable-metric` if it is not one of executions or negotiations */
export function toTrialMetric(metric: Metric): TrialMetric {
  const { name, label, quantile } = metric
  const judged = { metric: name, name: name === 'coordinationScore' ? 'coordination' : label, ...toKindAndDirection(metric) }
  if (isNegotiationMetric(name)) {
    return withSamples({ ...judged, summary: ofNegotiations[name].summary }, (arm) => toNegotiationSamples(name, arm))
  }
  if (!isUsableForJudging(metric))
    throw new OptimizerError(
      'unusable-metric',
      `No trial can be judged by ${name}; choose a metric of executions or negotiations.`,
    )
  if (isRatioMetric(metric))
    return withSamples({ ...judged, summary: 'mean' }, ({ executions }) =>
      executions.flatMap((execution) => {
        const part = readExecutionRatio(metric.ratio, execution)
        return part ? [{ at: execution.at, instance: execution.instance, ...part, stratum: execution.type ?? undefined }] : []
      }),
    )
  const every = ({ executions }: Pick<ArmObservations, 'executions'>) =>
    toSamples(executions, (execution) => readExecutionMetric(quantile === undefined ? name : 'responseTime', execution))
  if (name !== 'responseTime' && quantile === undefined) return withSamples({ ...judged, summary: 'mean' }, every)
  const ofSuccesses = ({ executions }: ArmObservations) => every({ executions: executions.filter(({ success }) => success) })
  return { ...judged, summary: 'median', quantile, samplesOf: ofSuccesses, everySampleOf: every, inFlightOf: toAges }
}

const toAges = ({ inFlight = [] }: ArmObservations): Sample[] =>
  inFlight.map(({ at, instance, durationMs, type }) => ({ at, instance, value: durationMs, stratum: type ?? undefined }))

type Negotiation = ArmObservations['negotiations'][number]

/** Messages of negotiations are judged by their mean, as they are shown: waiting for other agents adds up. */
const ofNegotiations: Record<
  NegotiationMetric,
  { summary: EffectSummary; read: (negotiation: Negotiation) => number | null | undefined }
> = {
  coordinationScore: { summary: 'median', read: ({ agreed }) => Number(agreed) },
  messageLatencyMs: { summary: 'mean', read: ({ latencyMs }) => latencyMs },
  conflictResolutionTimeMs: { summary: 'mean', read: ({ conflictResolutionTimeMs }) => conflictResolutionTimeMs },
}

/** The negotiations of an arm with a value, as samples. */
export const toNegotiationSamples = (name: NegotiationMetric, { negotiations }: ArmObservations): Sample[] =>
  negotiations.flatMap((negotiation) => {
    const value = ofNegotiations[name].read(negotiation)
    return value === null || value === undefined ? [] : [{ at: negotiation.at, instance: negotiation.instance, value }]
  })

/** A metric all of whose samples are compared. */
export const withSamples = (
  metric: Omit<TrialMetric, 'samplesOf' | 'everySampleOf'>,
  samplesOf: TrialMetric['samplesOf'],
): TrialMetric => ({ ...metric, samplesOf, everySampleOf: samplesOf })

/** Executions with a value, as samples. */
export function toSamples(executions: readonly Execution[], read: (execution: Execution) => number | undefined): Sample[] {
  return executions.flatMap((execution) => {
    const value = read(execution)
    return value === undefined
      ? []
      : [{ at: execution.at, instance: execution.instance, value, stratum: execution.type ?? undefined }]
  })
}
