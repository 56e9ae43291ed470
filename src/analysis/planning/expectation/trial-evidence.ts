/** Trials of one sort of strategy, as evidence for the posteriors. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import type { MetricName } from '../../../model/metric.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import { computeStandardError } from '../../statistics/interval.ts'
import type { NormalBelief } from './normal-belief.ts'

/** The evidence of one trial. */
export interface TrialEvidence {
  trial: FinishedTrial
  /** Number of earlier trials of this sort on its agent. */
  stage: number
}

/** The standard error of a trial without an interval: percent or points. */
const vague = 10

/** Trials of each sort (a type of strategy and its target) that measured something, each with its stage. */
export function groupEvidence(trials: readonly FinishedTrial[]): Map<string, TrialEvidence[]> {
  const seen = new Map<string, number>()
  const evidence = trials
    .filter(({ improvement }) => improvement !== null)
    .toSorted((a, b) => a.at - b.at)
    .map((trial) => {
      const key = `${createEvidenceKey(trial.type, trial.metric)} ${trial.agentId}`
      const stage = seen.get(key) ?? 0
      seen.set(key, stage + 1)
      return { trial, stage }
    })
  return Map.groupBy(evidence, ({ trial }) => createEvidenceKey(trial.type, trial.metric))
}

export const createEvidenceKey = (type: StrategyType, metric: MetricName) => `${type} ${metric}`

/** The measurement of a trial and its variance. */
export function toMeasuredBelief({ improvement, interval }: FinishedTrial): NormalBelief {
  const standardError = interval ? computeStandardError(interval, 'at-every-look') : vague
  return { mean: improvement ?? 0, variance: standardError ** 2 }
}
