import { addFullStop, joinWithAnd } from '../../../model/format.ts'
import { defaultPolicy } from '../../../model/policy.ts'
import { findKnobReasons, listRestrictions, needsApproval, type Reason } from '../../eligibility/index.ts'
import { initialAutonomy } from '../../policy/autonomy.ts'
import type { AgentFacts } from './agent-facts.ts'

/** Why nothing is tried on the agent or on some of its knobs now, and which changes need a person's approval. */
export function explainRestrictions(facts: AgentFacts): string[] {
  const reasons = listRestrictions(facts.eligibility)
  const sentences = [
    ...(facts.policy ? [] : ['The policy in force is unknown, so the default policy is assumed']),
    ...reasons.filter(({ knob }) => knob === null).map(({ reason }) => reason),
    ...describeKnobs(reasons),
    ...describeApprovals(facts),
  ]
  return sentences.length > 0 ? sentences.map(addFullStop) : ['None: all of its knobs may be changed.']
}

/** "a and b: its risk is high; …": knobs with the same reason share a line. */
function describeKnobs(reasons: readonly Reason[]): string[] {
  const alike = Map.groupBy(
    reasons.filter(({ knob }) => knob !== null),
    ({ reason }) => reason,
  )
  return [...alike].map(([reason, knobs]) => `${joinWithAnd(knobs.map(({ knob }) => knob!))}: ${reason}`)
}

/** Knobs whose changes may be planned but wait for a person. */
function describeApprovals({ eligibility, kind, policy }: AgentFacts): string[] {
  const autonomy = (policy ?? defaultPolicy).autonomyByKind[kind] ?? initialAutonomy
  const asking = eligibility.knobs.filter(
    (knob) => findKnobReasons(eligibility, knob).length === 0 && needsApproval(knob.risk, autonomy),
  )
  const alike = Map.groupBy(asking, ({ risk }) => risk)
  return [...alike].map(([risk, knobs]) => {
    const names = joinWithAnd(knobs.map(({ name }) => name))
    return `${names}: a change needs a person's approval, because its risk is ${risk} and the autonomy for ${kind} is ${autonomy.toFixed(2)}`
  })
}
