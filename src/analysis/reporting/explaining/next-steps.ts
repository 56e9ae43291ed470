import { scheduleId } from '../../../model/cycle.ts'
import { describeChanges, formatTimestamp, withFullStop } from '../../../model/format.ts'
import { isWatchable } from '../../trials/late-harm.ts'
import type { AgentFacts } from './agent-facts.ts'

/** What happens on the agent next, by itself or by a person's word. */
export function explainNextSteps(facts: AgentFacts): string[] {
  const { agentId, trials, approvals, left } = facts
  const running = trials.filter(({ endedAt }) => endedAt === null)
  return [
    ...running.map(({ strategy, state }) => `${strategy.id} goes on to its end (${describeChanges(strategy.actions)}, ${state})`),
    ...approvals.map(
      ({ trialId, until, strategy }) =>
        `${trialId} waits for a person until ${formatTimestamp(until)} (${describeChanges(strategy.actions)}): npx optimizer approve ${trialId}, or decline`,
    ),
    ...explainWatches(facts),
    ...left.map(
      ({ strategy, because }) =>
        `${strategy.id} (${describeChanges(strategy.actions)}) was left by the last cycle: ${because}; the next one plans anew`,
    ),
    explainNextCycle(facts),
    `What a cycle would try as things stand: npx optimizer cycle --target ${agentId} --dry-run`,
  ].map(withFullStop)
}

function explainWatches({ trials, history, watchMs, now }: AgentFacts): string[] {
  return trials.flatMap(({ state, endedAt, candidateVersion, strategy }) => {
    const at = history.findLastIndex(({ version }) => version === candidateVersion)
    if (state !== 'kept' || !endedAt || at < 0) return []
    const until = new Date(endedAt.getTime() + watchMs)
    const over = until <= now || !isWatchable(history[at]!.values, history.at(-1)!.values, history.slice(at + 1))
    return over ? [] : [`${strategy.id} was kept, and is watched for late harm until ${formatTimestamp(until)}`]
  })
}

function explainNextCycle({ agentId, schedule }: AgentFacts): string {
  if (schedule && schedule.pausedBecause !== null) {
    const resume = `npm run temporal -- schedule toggle --schedule-id ${scheduleId} --unpause`
    return `No cycle begins by itself, since the Schedule is paused (${schedule.pausedBecause || 'no reason given'}): npx optimizer cycle --target ${agentId} starts one, and ${resume} has them begin again`
  }
  const at = schedule?.nextCycleAt
  return at ? `The next cycle looks at it at about ${formatTimestamp(at)}` : 'The next cycle looks at it'
}
