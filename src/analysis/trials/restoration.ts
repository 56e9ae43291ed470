import { type Declaration, mergeKnobs, validateForDeclarations } from '../../model/declaration.ts'
import { isSameValue, type KnobValues } from '../../model/knob.ts'

export interface Restoration {
  values: KnobValues
  /** The settings that were not restored, and why, for a person. */
  issues: string[]
}

/**
 * The values that undo a trial: every knob that still has the trial's value returns to its previous one. A value that somebody else
 * has set since is left alone (design: an operator's own edit wins), and so is the value of a knob whose bounds no longer allow the previous one.
 */
export function computeRestoration(known: {
  declarations: readonly Declaration[]
  baseline: KnobValues
  candidate: KnobValues
  current: KnobValues
  /** Knobs that a person has set since the trial, which stay even if the value equals the trial's. */
  decided?: ReadonlySet<string>
}): Restoration {
  const { declarations, baseline, candidate, current, decided } = known
  const values = { ...current }
  const issues: string[] = []
  for (const [name, before] of Object.entries(baseline)) {
    if (current[name] === undefined || isSameValue(before, candidate[name])) continue
    const refused = validateForDeclarations(declarations, name, before)
    if (!isSameValue(current[name], candidate[name]) || decided?.has(name)) {
      if (!isSameValue(current[name], before)) issues.push(`someone else has since changed ${name}, so it stays as it is`)
    } else if (refused) issues.push(`${name} stays as it is: ${refused}`)
    else values[name] = before
  }
  return { values, issues }
}

/**
 * The values that restore a whole configuration, as far as the agent's knobs allow: a knob that did not exist then, or no longer
 * accepts its value, keeps its current one.
 */
export function computeRewind(known: {
  declarations: readonly Declaration[]
  wanted: KnobValues
  current: KnobValues
}): Restoration {
  const { declarations, wanted, current } = known
  const names = mergeKnobs(declarations).map(({ name }) => name)
  const values = { ...current }
  const issues: string[] = []
  for (const [name, then] of Object.entries(wanted)) {
    if (isSameValue(then, current[name])) continue
    const refused = validateForDeclarations(declarations, name, then)
    if (refused) issues.push(`${name} stays as it is: ${refused}`)
    else if (current[name] === undefined) issues.push(`${name} is no longer a knob, so it cannot be restored`)
    else {
      values[name] = then
      if (!names.includes(name))
        issues.push(`no instance declares ${name} now; an instance that declares it later gets the restored value`)
    }
  }
  const newer = names.filter((name) => !(name in wanted))
  return { values, issues: [...issues, ...newer.map((name) => `${name} was not a knob then and stays as it is`)] }
}
