import type { Knob } from '../../model/knob.ts'
import { type Limits, ruleAppliesTo } from '../../model/limits.ts'

/** Rules of the limits that match no known agent or knob, as they are written: a typo would otherwise silently limit nothing. */
export function findUnmatchedRules(
  { neverTouch, maxSteps, floors, freeze }: Limits,
  agents: readonly { agentId: string; kind: string; knobs: readonly Knob[] }[],
): string[] {
  const fits = (rule: { agent?: string; kind?: string; knob?: string }) =>
    agents.some(
      (agent) => ruleAppliesTo(rule, agent) && (rule.knob === undefined || agent.knobs.some(({ name }) => name === rule.knob)),
    )
  return Object.entries({ neverTouch, maxSteps, floors, freeze }).flatMap(([list, rules]) =>
    rules
      .filter((rule) => !fits(rule))
      .map(({ agent, kind, knob }: { agent?: string; kind?: string; knob?: string }) => {
        return `${list} ${JSON.stringify({ agent, kind, knob })}`
      }),
  )
}
