import type { FinishedTrial, KnobChange } from '../../../model/finished-trial.ts'
import { formatRatio, joinWithAnd } from '../../../model/format.ts'
import { isUsableForJudging } from '../../../model/judged-metric.ts'
import type { Knob, KnobValues } from '../../../model/knob.ts'
import { getMetric, type Metric, type MetricCatalogue, type MetricName } from '../../../model/metric.ts'
import { hasViolatedBound } from '../../eligibility/index.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { computeNormalizedPosition, type KnobImportance } from '../../statistics/knob-importance.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'
import { getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'

/** A knob that is worth a trial. */
export interface PromisingKnob {
  knob: string
  metric: MetricName
  /** Null if nothing is known. */
  direction: 'up' | 'down' | null
  /** The likely improvement from turning it to the end of its range, percent or points; null if nothing is known. */
  gain: number | null
  /** Trials on agents of its kind that changed it, whichever metric they targeted. */
  trials: number
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
 * Knobs still worth trying on an agent: those never turned in a trial on its kind, and those that are likely to gain more in the same direction.
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
    .flatMap((knob) => {
      const tried = trials.filter(({ changes }) => changes.some((change) => change.knob === knob.name))
      return metricsOf(knob, importance, catalogue).flatMap((metric) => {
        const worth = assessKnob(knob, metric, { current, importance, tried, catalogue })
        const failed = worth && filterRolledBackTrials(knob, worth.direction, trials)
        return (worth && addRollBackWarning({ ...worth, trials: tried.length }, failed!, agentId)) ?? []
      })
    })
  return found.sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
}

interface KnobFacts {
  current: KnobValues
  importance: ReadonlyMap<MetricName, readonly KnobImportance[]>
  /** Trials that changed the knob, whatever metric they were for. */
  tried: readonly FinishedTrial[]
  catalogue: MetricCatalogue
}

type Suggestion = Omit<PromisingKnob, 'trials'>

function assessKnob(knob: Knob, metric: Metric, { current, importance, tried, catalogue }: KnobFacts): Suggestion | undefined {
  const known = importance.get(metric.name)?.find((one) => one.knob === knob.name)
  if (known && known.trials.own + known.trials.ofKind > 0) return suggestPromising(knob, metric, current, known)
  if (!knob.affects.some((one) => one.metric === metric.name)) return undefined
  const others = new Set(tried.map((trial) => trial.metric).filter((name) => name !== metric.name))
  return suggestUntried(
    knob,
    metric,
    [...others].map((name) => getMetric(catalogue, name).label),
  )
}

function metricsOf(knob: Knob, importance: ReadonlyMap<MetricName, unknown>, catalogue: MetricCatalogue): Metric[] {
  const names = new Set([...knob.affects.map(({ metric }) => metric), ...importance.keys()])
  return [...names].map((name) => getMetric(catalogue, name)).filter(isUsableForJudging)
}

/** @param others labels of the metrics that it was tried for */
function suggestUntried({ name, affects }: Knob, metric: Metric, others: readonly string[]): Suggestion {
  const improves = affects.find((one) => one.metric === metric.name)?.improves
  const direction = improves === 'increase' ? 'up' : improves === 'decrease' ? 'down' : null
  const tried = others.length > 0 ? `tried for ${joinWithAnd(others)}, but not yet for ${metric.label}` : 'never tried'
  const why = `${tried}; ${direction ? 'declared to help in this direction' : 'its effect is unknown'}`
  return { knob: name, metric: metric.name, direction, gain: null, why }
}

function suggestPromising(knob: Knob, metric: Metric, current: KnobValues, known: KnobImportance): Suggestion | undefined {
  if (knob.type === 'order') return undefined
  const { mean } = known.coefficient
  const place = computeNormalizedPosition(knob, current[knob.name] ?? knob.default)
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

/**
 * Trials that turned a knob in this direction and that the judge rolled back, or that broke a bound without being kept, whatever their
 * target: what helps may be forbidden.
 */
function filterRolledBackTrials(knob: Knob, direction: 'up' | 'down' | null, trials: readonly FinishedTrial[]): FinishedTrial[] {
  const turned = ({ knob: name, from, to }: KnobChange) =>
    name === knob.name &&
    knob.type !== 'order' &&
    direction !== null &&
    (direction === 'up'
      ? computeNormalizedPosition(knob, to) > computeNormalizedPosition(knob, from)
      : computeNormalizedPosition(knob, to) < computeNormalizedPosition(knob, from))
  const failed = (trial: FinishedTrial) =>
    (trial.verdict === 'roll-back' && !trial.unjudged) || (trial.verdict !== 'keep' && hasViolatedBound(trial))
  return trials.filter((trial) => failed(trial) && trial.changes.some(turned))
}

/** Drops a knob if this change alone failed on the agent; warns if it failed on another agent, or together with other knobs. */
function addRollBackWarning(worth: PromisingKnob, failed: readonly FinishedTrial[], agentId: string): PromisingKnob | undefined {
  if (failed.some((trial) => trial.agentId === agentId && trial.changes.length === 1)) return undefined
  const [last] = failed.toSorted((a, b) => b.at - a.at)
  if (!last) return worth
  const together = last.changes.filter(({ knob }) => knob !== worth.knob).map(({ knob }) => knob)
  const how = together.length > 0 ? `, together with ${together.join(', ')}` : ''
  return { ...worth, why: `${worth.why}; but on ${last.agentId} it was rolled back${how}` }
}
