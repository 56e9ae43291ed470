import type { FinishedTrial, KnobChange } from '../../../model/finished-trial.ts'
import { formatRatio } from '../../../model/format.ts'
import { isJudged } from '../../../model/judged-metric.ts'
import type { Knob, KnobValues } from '../../../model/knob.ts'
import { getMetric, type Metric, type MetricCatalogue, type MetricName } from '../../../model/metric.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'
import { type KnobImportance, normalizedPosition } from './importance.ts'

/** A knob that is worth a trial. */
export interface PromisingKnob {
  knob: string
  metric: MetricName
  /** Null if nothing is known. */
  direction: 'up' | 'down' | null
  /** The likely improvement from turning it to the end of its range, percent or points; null if nothing is known. */
  gain: number | null
  why: string
}

/** The certainty of the direction that is needed. */
const sureEnough = 0.8

export interface TunableAgent {
  agentId: string
  knobs: readonly Knob[]
  current: KnobValues
}

/**
 * Knobs still worth trying on an agent: those never turned in a trial on its kind, and those that promise more in the same direction.
 * Changes that were rolled back, whatever they did for their target, are left out or carry a warning.
 * @param trials on agents of its kind
 */
export function findPromisingKnobs(
  { agentId, knobs, current }: TunableAgent,
  importance: ReadonlyMap<MetricName, readonly KnobImportance[]>,
  trials: readonly FinishedTrial[],
  catalogue: MetricCatalogue,
): PromisingKnob[] {
  const found = knobs
    .filter(({ applies }) => applies === 'live')
    .flatMap((knob) =>
      metricsOf(knob, importance, catalogue).flatMap((metric) => {
        const worth = assessKnob(knob, metric, current, importance)
        return (worth && addRollBackWarning(worth, filterRolledBackTrials(knob, worth.direction, trials), agentId)) ?? []
      }),
    )
  return found.sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
}

function assessKnob(
  knob: Knob,
  metric: Metric,
  current: KnobValues,
  importance: ReadonlyMap<MetricName, readonly KnobImportance[]>,
): PromisingKnob | undefined {
  const known = importance.get(metric.name)?.find((one) => one.knob === knob.name)
  if (known && known.trials.own + known.trials.ofKind > 0) return suggestPromising(knob, metric, current, known)
  return knob.affects.some((one) => one.metric === metric.name) ? suggestUntried(knob, metric.name) : undefined
}

function metricsOf(knob: Knob, importance: ReadonlyMap<MetricName, unknown>, catalogue: MetricCatalogue): Metric[] {
  const names = new Set([...knob.affects.map(({ metric }) => metric), ...importance.keys()])
  return [...names].map((name) => getMetric(catalogue, name)).filter(isJudged)
}

function suggestUntried({ name, affects }: Knob, metric: MetricName): PromisingKnob {
  const improves = affects.find((one) => one.metric === metric)?.improves
  const direction = improves === 'increase' ? 'up' : improves === 'decrease' ? 'down' : null
  const why = direction ? 'never tried; declared to help in this direction' : 'never tried; its effect is unknown'
  return { knob: name, metric, direction, gain: null, why }
}

function suggestPromising(knob: Knob, metric: Metric, current: KnobValues, known: KnobImportance): PromisingKnob | undefined {
  if (knob.type === 'order') return undefined
  const { mean } = known.coefficient
  const place = normalizedPosition(knob, current[knob.name] ?? knob.default)
  const room = mean > 0 ? 1 - place : place
  const { sign, toEffect: effect, toImprovement: improvement } = getEffectScale(metric)
  const gain = Math.abs(mean) * room
  if (known.certainty < sureEnough || gain < sign * effect(getMinKeptImprovement(metric))) return undefined
  const why = `helps in this direction with a probability of ${formatRatio(known.certainty, 2)}, and ${formatRatio(room, 2)} of its range is left`
  return {
    knob: knob.name,
    metric: metric.name,
    direction: mean > 0 ? 'up' : 'down',
    gain: roundToDecimals(improvement(sign * gain)),
    why,
  }
}

/** Trials that turned a knob in this direction and that the judge rolled back, whatever their target: a guardrail may forbid what helps. */
function filterRolledBackTrials(knob: Knob, direction: 'up' | 'down' | null, trials: readonly FinishedTrial[]): FinishedTrial[] {
  const turned = ({ knob: name, from, to }: KnobChange) =>
    name === knob.name &&
    knob.type !== 'order' &&
    direction !== null &&
    (direction === 'up'
      ? normalizedPosition(knob, to) > normalizedPosition(knob, from)
      : normalizedPosition(knob, to) < normalizedPosition(knob, from))
  return trials.filter(({ verdict, unjudged, changes }) => verdict === 'roll-back' && !unjudged && changes.some(turned))
}

/** Not worth trying if this change alone failed on the agent; a warning if it failed on another, or together with other knobs. */
function addRollBackWarning(worth: PromisingKnob, failed: readonly FinishedTrial[], agentId: string): PromisingKnob | undefined {
  if (failed.some((trial) => trial.agentId === agentId && trial.changes.length === 1)) return undefined
  const [last] = failed.toSorted((a, b) => b.at - a.at)
  if (!last) return worth
  const together = last.changes.filter(({ knob }) => knob !== worth.knob).map(({ knob }) => knob)
  const how = together.length > 0 ? `, together with ${together.join(', ')}` : ''
  return { ...worth, why: `${worth.why}; but on ${last.agentId} it was rolled back${how}` }
}
