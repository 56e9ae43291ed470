/** Conditions under which a knob has an effect: a delay that is used only while hedging is on. */
import { formatValue } from './format.ts'
import { toCanonicalJson } from './json.ts'
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

export const areSameConditions = (a: Conditions = {}, b: Conditions = {}) => toCanonicalJson(a) === toCanonicalJson(b)

const isList = (condition: Condition): condition is readonly KnobValue[] => Array.isArray(condition)

/** The knob whose value keeps another one from having an effect; undefined if it has one. A knob that nobody declares keeps none from it. */
export function findDeactivatingKnob<Declared extends ConditionalKnob>(
  knob: Declared,
  knobs: readonly Declared[],
  values: KnobValues,
): Declared | undefined {
  for (const [name, condition] of Object.entries(knob.activeWhen ?? {})) {
    const on = knobs.find((other) => other.name === name)
    if (!on) continue
    if (!meetsCondition(condition, values[name])) return on
    const further = findDeactivatingKnob(on, knobs, values)
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
  validate: Validate<Declared>,
): string | undefined {
  const byName = new Map(knobs.map((knob) => [knob.name, knob]))
  for (const knob of knobs) {
    for (const [name, condition] of Object.entries(knob.activeWhen ?? {})) {
      const on = byName.get(name)
      if (!on) return `${knob.name} depends on ${name}, which is not a knob`
      const refused = findImpossible(on, condition, validate)
      if (refused === undefined) continue
      const isNever = keepPossible(on, condition, validate) === undefined
      return `${knob.name} ${isNever ? 'can never be active' : 'depends on an impossible condition'}: ${refused}`
    }
    if (dependsOn(knob, knob.name, byName, new Set())) return `${knob.name} depends on itself`
  }
  return undefined
}

type Validate<Declared> = (knob: Declared, value: KnobValue) => string | undefined

/** Why another knob cannot have a value of a list, or any of a range; undefined if it can. */
function findImpossible<Declared extends ConditionalKnob>(
  on: Declared,
  condition: Condition,
  validate: Validate<Declared>,
): string | undefined {
  if (isList(condition)) return condition.map((value) => validate(on, value)).find((reason) => reason !== undefined)
  if (keepPossible(on, condition, validate)) return undefined
  if (!isNumeric(on)) return `${on.name} is not numeric`
  return `${on.name} must be ${on.type === 'int' ? 'a whole number ' : ''}from ${on.min} to ${on.max}`
}

/** The part of a condition that another knob can meet; undefined if it can meet none. */
function keepPossible<Declared extends ConditionalKnob>(
  on: Declared,
  condition: Condition,
  validate: Validate<Declared>,
): Condition | undefined {
  if (isList(condition)) {
    const possible = condition.filter((value) => validate(on, value) === undefined)
    return possible.length > 0 ? possible : undefined
  }
  if (!isNumeric(on)) return undefined
  const [least, most] = [Math.max(condition.min ?? -Infinity, on.min), Math.min(condition.max ?? Infinity, on.max)]
  return (on.type === 'int' ? Math.ceil(least) <= Math.floor(most) : least <= most) ? condition : undefined
}

const isNumeric = (knob: ConditionalKnob): knob is ConditionalKnob & { type: string; min: number; max: number } => 'min' in knob

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
 * The knobs without conditions on others than these, and without values that those cannot have: releases that run at once may differ.
 * @param validate why a knob cannot have a value; undefined if it can
 */
export function keepSatisfiableConditions<Declared extends ConditionalKnob>(
  knobs: readonly Declared[],
  validate: Validate<Declared>,
): Declared[] {
  return knobs.map(({ activeWhen, ...knob }) => {
    const sound = Object.entries(activeWhen ?? {}).flatMap(([name, condition]) => {
      const on = knobs.find((other) => other.name === name)
      const possible = on && keepPossible(on, condition, validate)
      return possible ? [[name, possible] as const] : []
    })
    return { ...knob, ...(sound.length > 0 && { activeWhen: Object.fromEntries(sound) }) } as Declared
  })
}

/** Knobs, and those of all that decide whether these have an effect. */
export function includeControllingKnobs<Declared extends ConditionalKnob>(
  knobs: readonly Declared[],
  all: readonly Declared[],
): readonly Declared[] {
  const names = new Set(knobs.flatMap(({ name, activeWhen = {} }) => [name, ...Object.keys(activeWhen)]))
  const more = all.filter(({ name }) => names.has(name))
  return more.length > knobs.length ? includeControllingKnobs(more, all) : knobs
}

/** "not used while hedge is false" */
export const describeInactiveKnob = ({ name }: ConditionalKnob, values: KnobValues): string =>
  `not used while ${name} is ${formatValue(values[name])}`
