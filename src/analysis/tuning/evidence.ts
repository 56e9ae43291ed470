/** What finished trials say about turning one knob one way. */
import type { TrialRecord } from '../../model/experience.ts'
import { type Knob, type KnobValue, type MetricName, sameValue } from '../../model/knob.ts'
import { type Direction, type LadderKnob, position } from './steps.ts'

/** A trial, as one of the knobs turned in it sees it. */
export interface KnobTrial {
  trial: TrialRecord
  to: KnobValue
  /** Undefined where the values stand in no row. */
  direction: Direction | undefined
  /** Nothing else was turned, so the outcome is this knob's. */
  alone: boolean
}

/** The trials of each knob, by its name, in their order. */
export function trialsByKnob(knobs: readonly Knob[], trials: readonly TrialRecord[]): Map<string, KnobTrial[]> {
  const found = new Map<string, KnobTrial[]>(knobs.map(({ name }) => [name, []]))
  const byName = new Map(knobs.map((knob) => [knob.name, knob]))
  for (const trial of trials) {
    for (const { knob: name, from, to } of trial.changes) {
      const knob = byName.get(name)
      if (knob) found.get(name)?.push({ trial, to, direction: directionOf(knob, from, to), alone: trial.changes.length === 1 })
    }
  }
  return found
}

function directionOf(knob: Knob, from: KnobValue, to: KnobValue): Direction | undefined {
  if (knob.type === 'order') return undefined
  const way = position(knob, to) - position(knob, from)
  return way > 0 ? 1 : way < 0 ? -1 : undefined
}

export interface Evidence {
  /** Steps this way that were proven for the metric, since none the other way was. */
  proven: KnobTrial[]
  /** Steps this way from the present configuration that were measured and left undecided. */
  undecided: KnobTrial[]
  /** Values ahead that were rolled back, nearest first: neither they nor anything beyond is tried again. */
  failed: KnobValue[]
}

/**
 * What is known of turning `knob` this way. A roll-back holds for every metric; an undecided trial only until another
 * change is kept, for then it may turn out differently.
 */
export function evidence(
  knob: LadderKnob,
  current: KnobValue,
  direction: Direction,
  metric: MetricName,
  history: readonly KnobTrial[],
  lastKeptAt: number,
): Evidence {
  const ahead = (value: KnobValue) => direction * (position(knob, value) - position(knob, current)) > 0
  const kept = history.filter(({ trial }) => trial.verdict === 'keep' && trial.metric === metric)
  const turn = kept.findLastIndex((step) => step.direction !== direction)
  const sameWay = history.filter((step) => step.direction === direction && step.alone && ahead(step.to))
  return {
    proven: kept.slice(turn + 1),
    undecided: sameWay.filter(({ trial }) => trial.metric === metric && isUndecided(trial) && trial.at > lastKeptAt),
    failed: sameWay
      .filter(({ trial }) => trial.verdict === 'roll-back' && !trial.unjudged)
      .map(({ to }) => to)
      .sort((a, b) => direction * (position(knob, a) - position(knob, b))),
  }
}

/** Whether this very value was tried alone and is not worth trying again as things stand. */
export function isSpent(to: KnobValue, metric: MetricName, history: readonly KnobTrial[], lastKeptAt: number): boolean {
  return history.some(
    ({ trial, to: tried, alone }) =>
      alone &&
      sameValue(tried, to) &&
      (trial.verdict === 'roll-back' || (trial.metric === metric && isUndecided(trial) && trial.at > lastKeptAt)),
  )
}

/** A trial that measured something and proved nothing; one without traffic says nothing. */
function isUndecided(trial: TrialRecord): boolean {
  return trial.verdict === 'undecided' && trial.improvement !== null
}
