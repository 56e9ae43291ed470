import { isSameValue, type Knob, type KnobValues, validateKnobValue } from '../../model/knob.ts'

export interface Restoration {
  values: KnobValues
  /** What was not put back and why, in words for a person. */
  issues: string[]
}

/**
 * The values that undo a trial: every knob that still holds the trial's value goes back to what it was before;
 * whatever somebody else set since stays (design: an operator's own edit wins), and so does a knob whose bounds no
 * longer allow what was there.
 */
export function computeRestoration(known: {
  knobs: readonly Knob[]
  baseline: KnobValues
  candidate: KnobValues
  current: KnobValues
  /** Knobs that a person has set since the trial, which stay even where the value is the trial's again. */
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
      if (!isSameValue(current[name], before)) issues.push(`${name} was set by somebody else meanwhile and stays as it is`)
    } else if (refused) issues.push(`${name} stays as it is: ${refused}`)
    else values[name] = before
  }
  return { values, issues }
}

/**
 * The values that bring a whole configuration back, as far as the agent's knobs of today take it: a knob that did not exist
 * then, or no longer takes what was set, keeps its present value.
 */
export function computeRewind(known: { knobs: readonly Knob[]; wanted: KnobValues; current: KnobValues }): Restoration {
  const { knobs, wanted, current } = known
  const values = { ...current }
  const names = new Set(knobs.map(({ name }) => name))
  const gone = Object.keys(wanted).filter((name) => !names.has(name))
  const issues = gone.map((name) => `${name} is no longer a knob, so it cannot be put back`)
  for (const knob of knobs) {
    const { name } = knob
    const then = wanted[name]
    if (then === undefined) {
      issues.push(`${name} was no knob then and stays as it is`)
      continue
    }
    const refused = validateKnobValue(knob, then)
    if (refused) issues.push(`${name} stays as it is: ${refused}`)
    else values[name] = then
  }
  return { values, issues }
}
