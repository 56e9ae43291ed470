import { normalQuantile } from '../../statistics/normal.ts'
import { weightedQuantile } from '../../statistics/summaries.ts'
import type { StrategyAgent } from './posterior.ts'
import type { TrialEvidence } from './trial-evidence.ts'

/** Quantiles at the lower and upper end of an 80% interval. */
const ends = [0.1, 0.9] as const
/** The model's own distribution counts as this many predictions. */
const modelWeight = 4
/** Factors on the weight of a prediction for each later one of the sort, and for each stage between it and the current one. */
const remembered = { predictions: 0.998, stages: 0.5 }
/** Quantiles that represent the model's distribution among the measured residuals. */
const modelQuantiles = Array.from({ length: 9 }, (_, i) => normalQuantile((i + 0.5) / 9))

/**
 * The 80% prediction interval for the measurement of a trial: the model's, corrected by how far the results of earlier trials of
 * the sort were from their predictions, so it is calibrated by its own record (conformal prediction, Vovk et al. 2005, weighted as by
 * Barber et al. 2023). Predictions that are recent, at the same stage, or for the same kind or agent count more.
 * @param deviation the model's standard deviation of the measurement
 */
export function computePredictionInterval(
  predicted: number,
  deviation: number,
  subject: StrategyAgent,
  evidence: readonly TrialEvidence[],
): [low: number, high: number] {
  const stage = evidence.filter(({ trial }) => trial.agentId === subject.agentId).length
  const residuals = evidence.toReversed().flatMap(({ trial, stage: at }, age) =>
    trial.predicted === null || trial.improvement === null
      ? []
      : [
          {
            value: trial.improvement - trial.predicted,
            weight: weightOf(trial, subject) * remembered.predictions ** age * remembered.stages ** Math.abs(at - stage),
          },
        ],
  )
  const model = modelQuantiles.map((z) => ({ value: deviation * z, weight: modelWeight / modelQuantiles.length }))
  const pool = [...residuals, ...model].sort((a, b) => a.value - b.value)
  const [low, high] = ends.map((share) => predicted + weightedQuantile(pool, share))
  return [low!, high!]
}

function weightOf({ kind, agentId }: StrategyAgent, subject: StrategyAgent): number {
  return agentId === subject.agentId ? 2 : kind === subject.kind ? 1 : 0.25
}
