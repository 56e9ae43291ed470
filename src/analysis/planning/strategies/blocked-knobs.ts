import { pluralize } from '../../../model/format.ts'
import type { Knob } from '../../../model/knob.ts'
import { type EligibilityFacts, findKnobReasons, formatReason } from '../../eligibility/index.ts'

/** Maximum number of reasons listed individually. */
const most = 3

/**
 * Why none of an agent's knobs that affect a metric can be turned, as a clause for a person; undefined if one can.
 * @param taken names of the knobs that other strategies turn
 */
export function describeBlockedKnobs(
  facts: EligibilityFacts,
  knobs: readonly Knob[],
  taken: ReadonlySet<string> = new Set(),
): string | undefined {
  const { agentId } = facts
  if (knobs.length === 0) return `no knob of ${agentId} is declared to affect it`
  const reasons = knobs.flatMap((knob) => findKnobReasons(facts, knob).slice(0, 1))
  if (reasons.length === knobs.length)
    return `no knob of ${agentId} that affects it may be turned: ${joinReasons(reasons.map(formatReason))}`
  const isOpen = ({ name }: Knob) => !taken.has(name) && reasons.every(({ knob }) => knob !== name)
  return knobs.some(isOpen) ? undefined : `other strategies turn the knobs of ${agentId} that affect it`
}

/** "a; b; c; and 2 other reasons" */
export function joinReasons(reasons: readonly string[]): string {
  const more = reasons.length - most
  return [...reasons.slice(0, most), ...(more > 0 ? [`and ${pluralize(more, 'other reason')}`] : [])].join('; ')
}
