/** The knobs that an agent declares, taken together. */
import { type Knob, validateKnobValue } from './knob.ts'
import { findConditionProblem } from './knob-condition.ts'
import type { MetricCatalogue } from './metric.ts'

/** Why knobs cannot be declared together, as the end of a sentence; undefined if they can. */
export function findRepeatedKnob(knobs: readonly Knob[]): string | undefined {
  const names = knobs.map(({ name }) => name)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  return repeated === undefined ? undefined : `the knob ${repeated} is declared twice; declare each knob only once`
}

/** Why the conditions of knobs make no sense, as the end of a sentence; undefined if they do. */
export function describeUnusableCondition(knobs: readonly Knob[]): string | undefined {
  const problem = findConditionProblem(knobs, validateKnobValue)
  return problem && `the condition activeWhen of ${problem}; correct it`
}

/** The first effect of knobs on a metric that nobody has declared, as the end of a sentence; undefined if there is none. */
export function describeUndeclaredEffect(knobs: readonly Knob[], catalogue: MetricCatalogue): string | undefined {
  for (const { name, affects } of knobs) {
    const unknown = affects.find(({ metric }) => !catalogue.has(metric))
    const remedy = 'correct its name, or declare it when the agent connects or in the configuration'
    if (unknown) return `the knob ${name} affects ${unknown.metric}, but there is no such metric; ${remedy}`
  }
  return undefined
}
