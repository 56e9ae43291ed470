import { normalQuantile } from '../../statistics/normal.ts'
import { weightedQuantile } from '../../statistics/summaries.ts'
import type { Lesson } from './lessons.ts'
import type { StrategySubject } from './posterior.ts'

/** Lower and upper end of an interval that holds 80 %. */
const ends = [0.1, 0.9] as const
/** The model's own word counts as this many promises. */
const modelWeight = 4
/** What a promise counts for each later one of the sort, and for each stage that it lies away from the present one. */
const remembered = { promises: 0.998, stages: 0.5 }
/** How the model's word is laid out beside what was measured. */
const modelQuantiles = Array.from({ length: 9 }, (_, i) => normalQuantile((i + 0.5) / 9))

/**
 * The interval that holds what a trial will measure with a probability of 80 %: the model's, corrected by how far earlier trials
 * of the sort came out from what was promised for them, so that it is calibrated by its own record (conformal prediction, Vovk
 * et al. 2005, weighted as by Barber et al. 2023). What was promised lately, at the same stage, and for this kind or this very
 * agent counts more.
 * @param deviation standard deviation that the model gives what will be measured
 */
export function computePredictionInterval(
  promise: number,
  deviation: number,
  subject: StrategySubject,
  lessons: readonly Lesson[],
): [low: number, high: number] {
  const stage = lessons.filter(({ trial }) => trial.agentId === subject.agentId).length
  const residuals = lessons.toReversed().flatMap(({ trial, stage: at }, age) =>
    trial.promised === null || trial.improvement === null
      ? []
      : [
          {
            value: trial.improvement - trial.promised,
            weight: weightOf(trial, subject) * remembered.promises ** age * remembered.stages ** Math.abs(at - stage),
          },
        ],
  )
  const model = modelQuantiles.map((z) => ({ value: deviation * z, weight: modelWeight / modelQuantiles.length }))
  const pool = [...residuals, ...model].sort((a, b) => a.value - b.value)
  const [low, high] = ends.map((share) => promise + weightedQuantile(pool, share))
  return [low!, high!]
}

function weightOf({ kind, agentId }: StrategySubject, subject: StrategySubject): number {
  return agentId === subject.agentId ? 2 : kind === subject.kind ? 1 : 0.25
}
