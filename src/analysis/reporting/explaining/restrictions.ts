import { joinWithAnd, withFullStop } from '../../../model/format.ts'
import { defaultPolicy } from '../../../model/policy.ts'
import { findKnobReasons, listRestrictions, needsApproval, type Reason } from '../../eligibility/index.ts'
import { startingAutonomy } from '../../policy/autonomy.ts'
import type { AgentFacts } from './agent-facts.ts'

/** Why something is not tried on the agent or on some of its knobs at present, and what needs a person's approval. */
export function explainRestrictions(facts: AgentFacts): string[] {
  const reasons = listRestrictions(facts.eligibility)
  const sentences = [
    ...(facts.policy ? [] : ['The policy in force is not known at present, so the default policy is assumed']),
    ...reasons.filter(({ knob }) => knob === null).map(({ reason }) => reason),
    ...describeKnobs(reasons),
    ...describeApprovals(facts),
  ]
  return sentences.length > 0 ? sentences.map(withFullStop) : ['Nothing: all of its knobs may be turned.']
}

/** "a and b: its risk is high; …", with the knobs for which the same is true together. */
function describeKnobs(reasons: readonly Reason[]): string[] {
  const alike = Map.groupBy(
    reasons.filter(({ knob }) => knob !== null),
    ({ reason }) => reason,
  )
  return [...alike].map(([reason, knobs]) => `${joinWithAnd(knobs.map(({ knob }) => knob!))}: ${reason}`)
}

/** A change of these may be planned, and waits for a person. */
function describeApprovals({ eligibility, kind, policy }: AgentFacts): string[] {
  const autonomy = (policy ?? defaultPolicy).autonomyByKind[kind] ?? startingAutonomy
  const asking = eligibility.knobs.filter(
    (knob) => findKnobReasons(eligibility, knob).length === 0 && needsApproval(knob.risk, autonomy),
  )
  const alike = Map.groupBy(asking, ({ risk }) => risk)
  return [...alike].map(([risk, knobs]) => {
    const names = joinWithAnd(knobs.map(({ name }) => name))
    return `${names}: a person has to approve a change, since its risk is ${risk} and the autonomy on ${kind} is ${autonomy.toFixed(2)}`
  })
}
