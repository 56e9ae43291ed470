import { scheduleId } from '../../../model/cycle.ts'
import { moment } from '../../../model/moment.ts'
import { mayBeWatched } from '../../trials/late-harm.ts'
import type { AgentFacts } from './agent-facts.ts'
import { changesInWords, stopped } from './words.ts'

/** What happens on the agent next, by itself or by a person's word. */
export function whatComesNext(facts: AgentFacts): string[] {
  const { agentId, trials, approvals, left } = facts
  const running = trials.filter(({ endedAt }) => endedAt === null)
  return [
    ...running.map(({ strategy, state }) => `${strategy.id} goes on to its end (${changesInWords(strategy.actions)}, ${state})`),
    ...approvals.map(
      ({ trialId, until, strategy }) =>
        `${trialId} waits for a person until ${moment(until)} (${changesInWords(strategy.actions)}): npx optimizer approve ${trialId}, or decline`,
    ),
    ...watched(facts),
    ...left.map(
      ({ strategy, because }) =>
        `${strategy.id} (${changesInWords(strategy.actions)}) was left by the last cycle: ${because}; the next one plans anew`,
    ),
    nextCycle(facts),
    `What a cycle would try as things stand: npx optimizer cycle --target ${agentId} --dry-run`,
  ].map(stopped)
}

function watched({ trials, history, watchMs, now }: AgentFacts): string[] {
  return trials.flatMap(({ state, endedAt, candidateVersion, strategy }) => {
    const at = history.findLastIndex(({ version }) => version === candidateVersion)
    if (state !== 'kept' || !endedAt || at < 0) return []
    const until = new Date(endedAt.getTime() + watchMs)
    const over = until <= now || !mayBeWatched(history[at]!.values, history.at(-1)!.values, history.slice(at + 1))
    return over ? [] : [`${strategy.id} was kept, and is watched for late harm until ${moment(until)}`]
  })
}

function nextCycle({ agentId, schedule }: AgentFacts): string {
  if (schedule && schedule.pausedBecause !== null) {
    const resume = `npm run temporal -- schedule toggle --schedule-id ${scheduleId} --unpause`
    return `No cycle begins by itself, since the Schedule is paused (${schedule.pausedBecause || 'no reason given'}): npx optimizer cycle --target ${agentId} starts one, and ${resume} has them begin again`
  }
  const at = schedule?.nextCycleAt
  return at ? `The next cycle looks at it at about ${moment(at)}` : 'The next cycle looks at it'
}
