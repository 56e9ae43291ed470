/** The knobs of an agent with several running releases, as in a rolling deployment: each declares its own. */
import { formatValue } from './format.ts'
import { findHighestRisk, isNumeric, type Knob, type KnobValue, type KnobValues, validateKnobValue } from './knob.ts'
import { areSameConditions } from './knob-condition.ts'

/** The knobs that the instances of one release declare. */
export interface Declaration {
  knobs: readonly Knob[]
  /** The number of live instances. */
  instances: number
}

/**
 * The knobs of an agent: the union of all declarations. Bounds are those that all of them allow, the risk is the highest one;
 * where types or bounds cannot be combined, and for everything else, the newest declaration counts.
 * @param declarations the newest first
 */
export function mergeKnobs(declarations: readonly Declaration[]): Knob[] {
  const names = new Set(declarations.flatMap(({ knobs }) => knobs.map(({ name }) => name)))
  return [...names].map((name) => {
    const [newest, ...older] = declarationsOf(declarations, name).map(({ knob }) => knob) as [Knob, ...Knob[]]
    return older.reduce((merged, knob) => intersectKnobs(merged, knob) ?? merged, newest)
  })
}

/**
 * The values that an instance runs with under a configuration: those of the knobs that it declares. A value that it does not allow is
 * replaced by the closest number, or by the default; so is a missing one.
 */
export function fitValues(knobs: readonly Knob[], values: KnobValues): KnobValues {
  return Object.fromEntries(knobs.map((knob) => [knob.name, fitValue(knob, values[knob.name])]))
}

/**
 * The configuration that these declarations need: a knob without a value gets its default, and a value that none of them allows any
 * more is replaced. Values of knobs that none declares are kept, because a release that does may come back.
 */
export function completeValues(declarations: readonly Declaration[], values: KnobValues): KnobValues {
  const needed = mergeKnobs(declarations).filter(
    ({ name }) => validateForDeclarations(declarations, name, values[name]) !== undefined,
  )
  return { ...values, ...fitValues(needed, values) }
}

/** Why no declaration allows a value, for a person; undefined if one does. A knob that none declares may have any value. */
export function validateForDeclarations(
  declarations: readonly Declaration[],
  name: string,
  value: KnobValue | undefined,
): string | undefined {
  const refusals = declarationsOf(declarations, name).map(({ knob }) => validateKnobValue(knob, value))
  return refusals.includes(undefined) ? undefined : refusals[0]
}

/**
 * Why a knob is not the same for all instances, as a clause; undefined if it is.
 * @param value the value in force
 */
export function describeInconsistentKnob(
  agentId: string,
  declarations: readonly Declaration[],
  name: string,
  value: KnobValue | undefined,
): string | undefined {
  const declared = declarationsOf(declarations, name)
  const difference = describeDifference(declarations, declared, name, value)
  const runs = `${agentId} runs ${declarations.length} releases with different knobs`
  return declarations.length < 2 || declared.length === 0 || !difference ? undefined : `${runs}; ${difference}`
}

/** The same for all knobs that differ, by name. @param values those in force */
export function describeInconsistentKnobs(
  agentId: string,
  declarations: readonly Declaration[],
  values: KnobValues,
): Record<string, string> {
  if (declarations.length < 2) return {}
  const names = mergeKnobs(declarations).map(({ name }) => name)
  return Object.fromEntries(
    names.flatMap((name) => {
      const uneven = describeInconsistentKnob(agentId, declarations, name, values[name])
      return uneven ? [[name, uneven]] : []
    }),
  )
}

function describeDifference(
  declarations: readonly Declaration[],
  declared: readonly DeclaredKnob[],
  name: string,
  value: KnobValue | undefined,
): string | undefined {
  const all = countInstances(declarations)
  const having = countInstances(declared)
  if (having < all) return `${name} is declared by ${having} of ${all} instances`
  const [first, ...others] = declared.map(({ knob }) => knob)
  if (others.some(({ type }) => type !== first!.type)) return `they declare ${name} with different types`
  if (others.some(({ activeWhen }) => !areSameConditions(activeWhen, first!.activeWhen)))
    return `they declare different conditions under which ${name} is used`
  const merged = others.reduce<Knob | undefined>((knob, other) => knob && intersectKnobs(knob, other), first)
  if (!merged) return `they allow no common values of ${name}`
  const refusing = countInstances(declared.filter(({ knob }) => validateKnobValue(knob, value) !== undefined))
  return refusing > 0 ? `${refusing} of ${all} instances do not allow ${name} to be ${formatValue(value)}` : undefined
}

interface DeclaredKnob {
  knob: Knob
  instances: number
}

function declarationsOf(declarations: readonly Declaration[], name: string): DeclaredKnob[] {
  return declarations.flatMap(({ knobs, instances }) => {
    const knob = knobs.find((declared) => declared.name === name)
    return knob ? [{ knob, instances }] : []
  })
}

const countInstances = (parts: readonly { instances: number }[]) => parts.reduce((sum, { instances }) => sum + instances, 0)

/** A knob with the values that both allow; undefined if there are too few. */
function intersectKnobs(newer: Knob, older: Knob): Knob | undefined {
  const risk = findHighestRisk([newer.risk, older.risk])
  const applies = older.applies === 'restart' ? older.applies : newer.applies
  const within = <K extends Knob>(knob: K): K => ({ ...knob, risk, applies, default: fitValue(knob, knob.default) })
  if (isNumeric(newer) && newer.type === older.type) {
    const [min, max] = [Math.max(newer.min, older.min), Math.min(newer.max, older.max)]
    return min < max ? within({ ...newer, min, max }) : undefined
  }
  if (newer.type === 'enum' && older.type === 'enum') {
    const values = newer.values.filter((value) => older.values.includes(value))
    return values.length > 1 ? within({ ...newer, values }) : undefined
  }
  if (newer.type === 'order' && older.type === 'order') return validateKnobValue(older, newer.default) ? undefined : within(newer)
  return newer.type === 'bool' && older.type === 'bool' ? within(newer) : undefined
}

function fitValue(knob: Knob, value: KnobValue | undefined): KnobValue {
  if (validateKnobValue(knob, value) === undefined) return value!
  if (isNumeric(knob) && typeof value === 'number' && Number.isFinite(value)) {
    const whole = knob.type === 'int' ? Math.round(value) : value
    return Math.min(knob.max, Math.max(knob.min, whole))
  }
  // Only the merged bounds of several declarations exclude the default.
  return knob.type === 'enum' && validateKnobValue(knob, knob.default) ? knob.values[0]! : knob.default
}
