import { addFullStop, formatTimestamp, formatValue, joinWithAnd, pluralize } from '../../../model/format.ts'
import { isSameValue, type Knob, type KnobValue, type KnobValues } from '../../../model/knob.ts'
import type { AgentFacts } from './agent-facts.ts'

interface Turn {
  from: KnobValue | undefined
  to: KnobValue | undefined
  at: Date
  by: string
}

/** Each knob's current value, its initial value, and when it was changed by whom. */
export function explainSettings({ knobs, history }: AgentFacts): string[] {
  const [first, now] = [history[0]!, history.at(-1)!]
  const turned = knobs.flatMap((knob) => {
    const turns = turnsOf(knob.name, history)
    if (turns.length === 0) return []
    const unit = knob.unit ? ` ${knob.unit}` : ''
    const began = first.values[knob.name]
    const back = isSameValue(began, now.values[knob.name])
    const initial = began === undefined ? 'added later' : back ? 'its initial value' : `initially ${formatValue(began)}`
    const changes = turns.map((turn) => `${describeTurn(turn)} at ${formatTimestamp(turn.at)} by ${turn.by}`)
    return [addFullStop(`${knob.name} is ${formatValue(now.values[knob.name])}${unit} (${initial}): ${changes.join('; ')}`)]
  })
  const untouched = knobs.filter(({ name }) => turnsOf(name, history).length === 0)
  return [
    `Version ${now.version} has been in force since ${formatTimestamp(now.since)}; the initial one was version ${first.version}, at ${formatTimestamp(first.since)}.`,
    ...turned,
    ...(untouched.length > 0 ? [describeUntouched(untouched, now.values)] : []),
  ]
}

/** Maximum number of knobs at their initial values that are listed individually. */
const maxUntouched = 30

/** "3 knobs have their initial values: retries 2, depth 4 and cacheSizeMb 100 MB." */
function describeUntouched(knobs: readonly Knob[], values: KnobValues): string {
  const listed = knobs
    .slice(0, maxUntouched)
    .map(({ name, unit }) => `${name} ${formatValue(values[name])}${unit ? ` ${unit}` : ''}`)
  const more = knobs.length - listed.length
  const all = joinWithAnd(more > 0 ? [...listed, `${more} more`] : listed)
  const have = knobs.length === 1 ? 'has its initial value' : 'have their initial values'
  return addFullStop(`${pluralize(knobs.length, 'knob')} ${have}: ${all}`)
}

/** "4 → 16"; a version without the knob has no value of it. */
function describeTurn({ from, to }: Turn): string {
  if (from === undefined) return `added with ${formatValue(to)}`
  return to === undefined ? 'removed' : `${formatValue(from)} → ${formatValue(to)}`
}

function turnsOf(knob: string, history: AgentFacts['history']): Turn[] {
  return history.slice(1).flatMap((version, index) => {
    const [from, to] = [history[index]!.values[knob], version.values[knob]]
    return isSameValue(from, to) ? [] : [{ from, to, at: version.since, by: author(version) }]
  })
}

function author({ origin, trialId, reason }: AgentFacts['history'][number]): string {
  switch (origin) {
    case 'trial':
      return `trial ${trialId}, which was kept`
    case 'restore':
      return `the rollback of ${trialId}`
    case 'operator':
      return `a person or the agent itself (${reason})`
    case 'default':
      return `the agent (${reason})`
  }
}
