import type { Knob, KnobValue } from '../../model/knob.ts'
import type { Limits } from '../../model/limits.ts'
import { findFreezeReason } from './freeze.ts'
import { clampToLimits } from './knob-limits.ts'
import { findCooldownEnd } from './rest.ts'

/** What may not be tried, so that nothing is proposed that would be refused. */
export interface PlanningRestrictions {
  /** 1–5; whoever asks for more plans with this. */
  maxAggressiveness: number
  /** Why nothing may be tried on an agent, in words. */
  findBlockReason(agent: { agentId: string; kind: string }): string | undefined
  /** The value that may be tried in place of the one wished for; undefined where none may. */
  allowed(agent: { agentId: string; kind: string }, knob: Knob, from: KnobValue, to: KnobValue): KnobValue | undefined
}

export interface RestrictionInputs {
  limits: Limits
  /** Trials that began on each agent within the last hour. */
  changesLastHour: Readonly<Record<string, number>>
  /** What each agent was set to for good, oldest first. */
  proven: Readonly<Record<string, readonly { at: number; values: Readonly<Record<string, KnobValue>> }[]>>
  /** Milliseconds since the epoch. */
  now: number
}

export function createPlanningRestrictions({ limits, changesLastHour, proven, now }: RestrictionInputs): PlanningRestrictions {
  return {
    maxAggressiveness: limits.maxAggressiveness ?? 5,
    findBlockReason: (agent) =>
      findFreezeReason(limits, agent, now) ?? findRateLimitViolation(limits, agent.agentId, changesLastHour[agent.agentId] ?? 0),
    allowed: (agent, knob, from, to) =>
      findCooldownEnd(knob, extractKnobHistory(knob, proven[agent.agentId] ?? []), now) === undefined
        ? clampToLimits(limits, { ...agent, knob, from, to })
        : undefined,
  }
}

/** Why no further trial may begin on an agent that was changed so often within the last hour; undefined when one may. */
export function findRateLimitViolation({ maxChangesPerHour }: Limits, agentId: string, changes: number): string | undefined {
  if (maxChangesPerHour === undefined || changes < maxChangesPerHour) return undefined
  return `${agentId} was changed ${changes} times within the last hour, and ${maxChangesPerHour} is the most`
}

/** What one knob was set to, as far as it was there already. */
export function extractKnobHistory(
  { name }: Knob,
  proven: readonly { at: number; values: Readonly<Record<string, KnobValue>> }[],
): { at: number; value: KnobValue }[] {
  return proven.flatMap(({ at, values }) => (values[name] === undefined ? [] : [{ at, value: values[name] }]))
}
