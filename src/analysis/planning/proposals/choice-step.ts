/**
 * Steps over choices, such as the model of an agent. Their effect cannot be predicted, so a careful tuner finds them too risky however much
 * they might gain. One at a time they are safe enough to try: with an objective, because the judge rolls back what breaks a bound; without one,
 * if they are declared to be of low risk and to affect the metric.
 */
import type { KnobChange } from '../../../model/finished-trial.ts'
import type { Knob, KnobValue, KnobValues } from '../../../model/knob.ts'
import { findDeclaredDirection, getScalePosition, type OrdinalKnob } from '../../../model/knob-scale.ts'
import { getMetric, type Metric, toMetricKind } from '../../../model/metric.ts'
import type { Bound } from '../../../model/objective.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import { readBoundedValue } from '../../observing/bounds.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { worthwhileEffect } from '../../statistics/worthwhile-effect.ts'
import type { Proposal, ProposalRequest } from './request.ts'

type Choice = Extract<Knob, { type: 'enum' | 'bool' }>
export const isChoice = (knob: Knob): knob is Choice => knob.type === 'enum' || knob.type === 'bool'

const UNTRIED = 'no trial has measured this choice yet, and it is one step from a known choice'
/** How far within its bounds an agent must be for a step, in smallest effects that count. */
const ROOM = 2
/** Trials in a row without a gain after which a search is stuck: a step is then tried even without room. */
const PATIENCE = 2

/**
 * The next step over a choice to a value that no trial has measured; undefined if there is none or the latest trial was such a step, so that
 * at most every second trial explores.
 */
export function proposeChoiceStep(request: ProposalRequest, current: KnobValues): Proposal | undefined {
  const { objective, metric, knobs, trials = [], isOpen, refused } = request
  const choices = knobs.filter(isChoice)
  const latest = trials.at(-1)?.changes ?? []
  if (latest.length === 1 && choices.some(({ name }) => name === latest[0]!.knob)) return undefined
  const isSafe = ({ risk, affects }: Knob) => risk === 'low' && affects.some((each) => each.metric === metric)
  const change = choices
    .filter((knob) => isOpen(knob) && (objective !== undefined || isSafe(knob)))
    .flatMap((knob) => listSteps(knob, current[knob.name]!, request))
    .find((step) => refused([step]) === undefined)
  return change && { changes: [change], isPromising: false, why: UNTRIED }
}

/** Whether a step comes before what the tuner proposes: the bounds leave room for it, or nothing else has helped lately. */
export function prefersChoiceStep(request: ProposalRequest): boolean {
  const { objective, agent, catalogue } = request
  const hasRoomWithin = (bound: Bound) => hasRoom(bound, agent, getMetric(catalogue, bound.metric))
  return isStuck(request) || (objective?.subjectTo.every(hasRoomWithin) ?? false)
}

/** Whether the latest trials brought no gain. */
export function isStuck({ trials = [] }: ProposalRequest): boolean {
  const latest = trials.slice(-PATIENCE)
  return latest.length === PATIENCE && latest.every(({ verdict }) => verdict !== 'keep')
}

/** The values one step away that no trial has measured, first those that are more likely to help. */
function listSteps(knob: Choice, from: KnobValue, { metric, catalogue, untried, allowed }: ProposalRequest): KnobChange[] {
  const steps = untried?.(knob).filter((to) => allowed(knob, from, to) !== undefined) ?? []
  return steps.toSorted(byExpectedGain(knob, from, getMetric(catalogue, metric))).map((to) => ({ knob: knob.name, from, to }))
}

/**
 * The nearest in the list first, since few lists have no order at all. Of two neighbors, the one in the direction declared to help; if the
 * values are listed from the least to the most, the lesser one to cost or take less, the other one for anything better.
 */
function byExpectedGain(knob: OrdinalKnob, from: KnobValue, metric: Metric): (a: KnobValue, b: KnobValue) => number {
  const isOrdered = knob.type === 'enum' && knob.ordered
  const way = findDeclaredDirection(knob, metric.name) ?? (isOrdered ? getEffectScale(metric).sign : 0)
  const distance = (to: KnobValue) => getScalePosition(knob, to) - getScalePosition(knob, from)
  return (a, b) => Math.abs(distance(a)) - Math.abs(distance(b)) || way * (distance(b) - distance(a))
}

function hasRoom(bound: Bound, agent: AgentProfile, metric: Metric): boolean {
  const { min = -Infinity, max = Infinity } = bound
  const value = readBoundedValue(bound, agent)
  if (value === undefined) return false
  const kind = toMetricKind(metric.kind)
  const room = ROOM * worthwhileEffect[kind] * (kind === 'proportion' ? 1 : value)
  return value - room >= min && value + room <= max
}
