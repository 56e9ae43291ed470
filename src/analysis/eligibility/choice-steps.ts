/**
 * Steps over an ordered choice, such as models from small to large. They have no length; a step to the next value may be as large as any
 * other, so one trial takes one of them, and goes further only where the value in between was proven or in force.
 */
import type { FinishedTrial } from '../../model/finished-trial.ts'
import { isSameValue, type Knob, type KnobValue } from '../../model/knob.ts'
import { getScalePosition } from '../../model/knob-scale.ts'
import { findObjective, listObjectiveMetrics } from '../../model/objective.ts'
import { getMetricLevel } from '../statistics/effects.ts'
import type { EligibilityFacts } from './facts.ts'

type OrderedChoice = Extract<Knob, { type: 'enum' }>

/** Why a value of an ordered choice is more than one step away, as a clause; undefined if it is not, or if the knob has no such order. */
export function describeDistantChoice(facts: EligibilityFacts, knob: Knob, from: KnobValue, to: KnobValue): string | undefined {
  if (knob.type !== 'enum' || !knob.ordered) return undefined
  const between = findValueBefore(knob, from, to)
  if (between === undefined) return undefined
  const trials = findMeasuredTrials(facts, knob, between)
  if (trials.some(({ baseline, verdict }) => baseline[knob.name] === between || verdict === 'keep')) return undefined
  return trials.length > 0
    ? `${to} is not tried because ${between}, which comes before it, was not proven`
    : `${to} is not tried before ${between}, which lies between ${from} and ${to}`
}

/** The neighbor of a value on the way from another one; undefined if they are neighbors themselves. */
function findValueBefore(knob: OrderedChoice, from: KnobValue, to: KnobValue): string | undefined {
  const [start, end] = [getScalePosition(knob, from), getScalePosition(knob, to)]
  return Math.abs(end - start) > 1 ? knob.values[end - Math.sign(end - start)] : undefined
}

/** The values of a choice, other than the one in force, that no trial has measured. */
export function listUntriedValues(facts: EligibilityFacts, knob: Knob): KnobValue[] {
  const inForce = facts.values[knob.name] ?? knob.default
  const values = knob.type === 'bool' ? [false, true] : knob.type === 'enum' ? knob.values : []
  return values.filter((value) => value !== inForce && findMeasuredTrials(facts, knob, value).length === 0)
}

/**
 * The trials that tell about a value of a choice: it was tried or tried against, and every metric of the agent's objective measured, or the agent
 * failed with it. Without an objective, all trials with the value do.
 */
function findMeasuredTrials({ fleet, trials, ...agent }: EligibilityFacts, knob: Knob, value: KnobValue): FinishedTrial[] {
  const objective = findObjective(fleet.objectives, agent)
  const metrics = objective ? listObjectiveMetrics(objective) : []
  return trials.filter(({ baseline, changes, failed, metrics: { before, after } }) => {
    const { to } = changes.find((change) => change.knob === knob.name) ?? {}
    const wasTried = isSameValue(to, value)
    if (wasTried && failed) return true
    const arms = [...(isSameValue(baseline[knob.name], value) ? [before] : []), ...(wasTried ? [after] : [])]
    return arms.some((measured) => metrics.every((metric) => getMetricLevel(metric, measured) !== null))
  })
}
