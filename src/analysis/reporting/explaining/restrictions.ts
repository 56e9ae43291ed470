import type { Knob } from '../../../model/knob.ts'
import { defaultPolicy, type Policy } from '../../../model/policy.ts'
import { formatTimestamp } from '../../../model/timestamp.ts'
import { highestRisk, needsApproval } from '../../eligibility/approval.ts'
import {
  extractKnobHistory,
  findCooldownEnd,
  findFreezeReason,
  findKnobLimitViolation,
  findRateLimitViolation,
} from '../../eligibility/index.ts'
import { getAggressivenessSettings } from '../../policy/aggressiveness.ts'
import { startingAutonomy } from '../../policy/autonomy.ts'
import type { AgentFacts } from './agent-facts.ts'
import { joinWithAnd, withFullStop } from './format.ts'

/** What is not tried at present on the agent, or on which of its knobs, and why. */
export function explainRestrictions(facts: AgentFacts): string[] {
  const known = { ...facts, policy: facts.policy ?? defaultPolicy }
  const unknown = 'The policy in force is not known at present, so this is told by the usual one'
  const reasons = [...(facts.policy ? [] : [unknown]), ...explainAgentRestrictions(known), ...explainKnobRestrictions(known)]
  return reasons.length > 0 ? reasons.map(withFullStop) : ['Nothing: all of its knobs may be turned.']
}

type KnownPolicy = AgentFacts & { policy: Policy }

function explainAgentRestrictions(facts: KnownPolicy): string[] {
  const { agentId, pause, policy, limits, lock, changesLastHour, executions, now, instances } = facts
  const { evidence } = getAggressivenessSettings(policy.aggressiveness)
  const elsewhere = policy.focus !== null && policy.focus !== agentId
  const barred =
    typeof limits === 'string'
      ? `Everything, since the operator's limits are not understood: ${limits}`
      : (findFreezeReason(limits, facts, now.getTime()) ?? findRateLimitViolation(limits, agentId, changesLastHour))
  return [
    ...(pause
      ? [`Every trial: ${pause.pausedBy} paused the optimizer at ${formatTimestamp(pause.since)} (${pause.reason})`]
      : []),
    ...(elsewhere ? [`Everything: the focus is on ${policy.focus}; npx optimizer focus all ends that`] : []),
    ...(barred ? [barred] : []),
    ...(instances.live === 0 ? [`Everything: no instance of ${agentId} is running`] : []),
    ...(lock && lock.expiresAt > now ? [`A second trial: ${lock.trialId} holds the agent's lock until it has ended`] : []),
    ...(executions !== null && executions < evidence
      ? [`Every trial: ${executions} of its executions are measured, and ${evidence} are needed to begin with`]
      : []),
  ]
}

function explainKnobRestrictions(facts: KnownPolicy): string[] {
  const reasons = facts.knobs.flatMap((knob) => {
    const reason = findKnobRestriction(facts, knob)
    return reason ? [{ knob: knob.name, reason }] : []
  })
  const alike = Map.groupBy(reasons, ({ reason }) => reason)
  return [...alike].map(([reason, knobs]) => `${joinWithAnd(knobs.map(({ knob }) => knob))}: ${reason}`)
}

function findKnobRestriction(facts: KnownPolicy, knob: Knob): string | undefined {
  const { agentId, kind, limits, policy, resting, history, now } = facts
  const value = history.at(-1)!.values[knob.name] ?? knob.default
  const proven = history.map(({ since, values }) => ({ at: since.getTime(), values }))
  const rests = findCooldownEnd(knob, extractKnobHistory(knob, proven), now.getTime())
  const autonomy = policy.autonomyByKind[kind] ?? startingAutonomy
  const { allowedRisk } = getAggressivenessSettings(policy.aggressiveness)
  if (typeof limits !== 'string' && findKnobLimitViolation(limits, { agentId, kind, knob, from: value, to: value }))
    return "the operator's limits forbid to touch it"
  if (knob.applies === 'restart') return 'it takes effect on a restart only, which is not done'
  if (!knob.affects.some(({ metric }) => metric !== 'resourceEfficiency'))
    return 'the agent does not say that it affects anything a trial is judged by'
  if (rests !== undefined) return `it was turned to and fro within a day, and rests until ${formatTimestamp(new Date(rests))}`
  if (resting.includes(knob.name)) return 'a person is asked about it, or has declined it lately'
  if (highestRisk([knob.risk, allowedRisk]) !== allowedRisk)
    return `its risk is ${knob.risk}, and at aggressiveness ${policy.aggressiveness} only risk up to ${allowedRisk} is taken`
  if (needsApproval(knob.risk, autonomy))
    return `its risk is ${knob.risk}, so a person is asked first: the autonomy on ${kind} is ${autonomy.toFixed(2)}`
  return undefined
}
