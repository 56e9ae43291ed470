/** Conditions under which a knob has an effect: a delay that is used only while hedging is on. */
import { formatValue } from './format.ts'
import { isSameValue, type KnobValue, type KnobValues } from './knob.ts'

/** Values of another knob, or a range of a number. */
export type Condition = readonly KnobValue[] | { min?: number | undefined; max?: number | undefined }
/** Knob name → what its value has to be; all of them have to hold. */
export type Conditions = Readonly<Record<string, Condition>>

export interface ConditionalKnob {
  name: string
  activeWhen?: Conditions | undefined
}

export function meetsCondition(condition: Condition, value: KnobValue | undefined): boolean {
  if (isList(condition)) return condition.some((each) => isSameValue(each, value))
  const { min = -Infinity, max = Infinity } = condition
  return typeof value === 'number' && value >= min && value <= max
}

const isList = (condition: Condition): condition is readonly KnobValue[] => Array.isArray(condition)

/** The knob whose value keeps another one from having an effect; undefined if it has one. A knob that nobody declares keeps none from it. */
export function findInactiveCause<Declared extends ConditionalKnob>(
  knob: Declared,
  knobs: readonly Declared[],
  values: KnobValues,
): Declared | undefined {
  for (const [name, condition] of Object.entries(knob.activeWhen ?? {})) {
    const on = knobs.find((other) => other.name === name)
    if (!on) continue
    if (!meetsCondition(condition, values[name])) return on
    const further = findInactiveCause(on, knobs, values)
    if (further) return further
  }
  return undefined
}

/**
 * Why the conditions of these knobs make no sense, as the end of a sentence; undefined if they do.
 * @param validate why a knob cannot have a value; undefined if it can
 */
export function findConditionProblem<Declared extends ConditionalKnob>(
  knobs: readonly Declared[],
  validate: (knob: Declared, value: KnobValue) => string | undefined,
): string | undefined {
  const byName = new Map(knobs.map((knob) => [knob.name, knob]))
  for (const knob of knobs) {
    for (const [name, condition] of Object.entries(knob.activeWhen ?? {})) {
      const on = byName.get(name)
      if (!on) return `${knob.name} depends on ${name}, which is not a knob`
      const refused = findImpossible(on, condition, validate)
      if (refused !== undefined) return `${knob.name} can never be active: ${refused}`
    }
    if (dependsOn(knob, knob.name, byName, new Set())) return `${knob.name} depends on itself`
  }
  return undefined
}

/** Of a range, one end has to be possible, or it spans all that is. */
function findImpossible<Declared extends ConditionalKnob>(
  on: Declared,
  condition: Condition,
  validate: (knob: Declared, value: KnobValue) => string | undefined,
): string | undefined {
  if (isList(condition)) return condition.map((value) => validate(on, value)).find((reason) => reason !== undefined)
  const { min: least = -Infinity, max: most = Infinity } = on as { min?: number; max?: number }
  const { min = -Infinity, max = Infinity } = condition
  if (!('min' in on)) return `${on.name} has no numbers`
  return Math.max(min, least) <= Math.min(max, most) ? undefined : `${on.name} must be from ${least} to ${most}`
}

function dependsOn(
  knob: ConditionalKnob,
  name: string,
  byName: ReadonlyMap<string, ConditionalKnob>,
  seen: Set<string>,
): boolean {
  return Object.keys(knob.activeWhen ?? {}).some((other) => {
    if (other === name) return true
    if (seen.has(other)) return false
    return dependsOn(byName.get(other)!, name, byName, seen.add(other))
  })
}

/**
 * The knobs without conditions on others than these, or on values that those cannot have: releases that run at once may differ.
 * @param validate why a knob cannot have a value; undefined if it can
 */
export function keepSoundConditions<Declared extends ConditionalKnob>(
  knobs: readonly Declared[],
  validate: (knob: Declared, value: KnobValue) => string | undefined,
): Declared[] {
  return knobs.map(({ activeWhen, ...knob }) => {
    const sound = Object.entries(activeWhen ?? {}).filter(([name, condition]) => {
      const on = knobs.find((other) => other.name === name)
      return on && findImpossible(on, condition, validate) === undefined
    })
    return { ...knob, ...(sound.length > 0 && { activeWhen: Object.fromEntries(sound) }) } as Declared
  })
}

/** "not used while hedge is false" */
export const describeInactive = ({ name }: ConditionalKnob, values: KnobValues): string =>
  `not used while ${name} is ${formatValue(values[name])}`
