/** The reasons that depend on the policy alone: agent rules, and the checks a running cycle makes before each trial. Workflows replay them. */
import { formatTimestamp } from '../../model/format.ts'
import type { FleetFacts } from './facts.ts'
import type { ReasonCode, RuleFinding } from './rule.ts'

/** Why the focus prevents trials on an agent; undefined if it does not. */
export function findFocusReason(
  { focus, target }: Pick<FleetFacts['policy'], 'focus' | 'target'>,
  agentId: string,
): RuleFinding | undefined {
  if (focus === null || focus === agentId) return undefined
  return {
    reason:
      focus === target
        ? `this cycle is only for ${target}`
        : `the focus is on ${focus}; to clear it, run npx optimizer focus all`,
  }
}

/** Why a pause prevents all trials; undefined if there is none. @param pause true if it is unknown who paused */
export function findPauseReason(pause: FleetFacts['pause'] | boolean): RuleFinding | undefined {
  if (!pause) return undefined
  const who =
    pause === true
      ? 'the optimizer is paused'
      : `${pause.pausedBy} paused the optimizer at ${formatTimestamp(pause.since)}${pause.reason && ` (${pause.reason})`}`
  return { reason: `${who}; npx optimizer resume allows trials again` }
}

/** Why a running cycle starts no trial on an agent, by its policy, in the order of the rules. Its focus is its own: no command ends it. */
export function findCycleReasons(
  { focus, paused }: { focus: string | null; paused: boolean },
  agentId: string,
): { code: ReasonCode; reason: string }[] {
  const found = [
    ['out-of-focus', findFocusReason({ focus, target: focus ?? undefined }, agentId)],
    ['paused', findPauseReason(paused)],
  ] as const
  return found.flatMap(([code, finding]) => (finding ? [{ code, reason: finding.reason }] : []))
}
