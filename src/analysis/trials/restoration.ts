import { isSameValue, type Knob, type KnobValues, validateKnobValue } from '../../model/knob.ts'

export interface Restoration {
  values: KnobValues
  /** The settings that were not restored, and why, for a person. */
  issues: string[]
}

/**
 * The values that undo a trial: every knob that still has the trial's value returns to its previous one. A value that somebody else
 * has set since stays (design: an operator's own edit wins), and so does that of a knob whose bounds no longer allow the previous one.
 */
export function computeRestoration(known: {
  knobs: readonly Knob[]
  baseline: KnobValues
  candidate: KnobValues
  current: KnobValues
  /** Knobs that a person has set since the trial, which stay even if the value equals the trial's. */
  decided?: ReadonlySet<string>
}): Restoration {
  const { knobs, baseline, candidate, current, decided } = known
  const values = { ...current }
  const issues: string[] = []
  for (const knob of knobs) {
    const { name } = knob
    const before = baseline[name]
    if (before === undefined || current[name] === undefined || isSameValue(before, candidate[name])) continue
    const refused = validateKnobValue(knob, before)
    if (!isSameValue(current[name], candidate[name]) || decided?.has(name)) {
      if (!isSameValue(current[name], before)) issues.push(`${name} has since been changed by someone else and stays as it is`)
    } else if (refused) issues.push(`${name} stays as it is: ${refused}`)
    else values[name] = before
  }
  return { values, issues }
}

/**
 * The values that restore a whole configuration, as far as the agent's current knobs allow: a knob that did not exist then, or no
 * longer accepts its value, keeps its current one.
 */
export function computeRewind(known: { knobs: readonly Knob[]; wanted: KnobValues; current: KnobValues }): Restoration {
  const { knobs, wanted, current } = known
  const values = { ...current }
  const names = new Set(knobs.map(({ name }) => name))
  const gone = Object.keys(wanted).filter((name) => !names.has(name))
  const issues = gone.map((name) => `${name} is no longer a knob, so it cannot be restored`)
  for (const knob of knobs) {
    const { name } = knob
    const then = wanted[name]
    if (then === undefined) {
      issues.push(`${name} was not a knob then and stays as it is`)
      continue
    }
    const refused = validateKnobValue(knob, then)
    if (refused) issues.push(`${name} stays as it is: ${refused}`)
    else values[name] = then
  }
  return { values, issues }
}
