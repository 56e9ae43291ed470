import { moment } from '../../model/moment.ts'
import type { AgentFacts } from './agent-facts.ts'
import { changesInWords, stopped } from './words.ts'

/** What happens on the agent next, by itself or by a person's word. */
export function whatComesNext(facts: AgentFacts): string[] {
  const { agentId, trials, approvals, left, nextCycleAt, watchMs, now } = facts
  const running = trials.filter(({ endedAt }) => endedAt === null)
  const watched = trials.flatMap(({ state, endedAt, strategy }) => {
    const until = state === 'kept' && endedAt ? new Date(endedAt.getTime() + watchMs) : null
    return until && until > now ? [`${strategy.id} was kept, and is watched for late harm until ${moment(until)}`] : []
  })
  return [
    ...running.map(({ strategy, state }) => `${strategy.id} goes on to its end (${changesInWords(strategy.actions)}, ${state})`),
    ...approvals.map(
      ({ trialId, until, strategy }) =>
        `${trialId} waits for a person until ${moment(until)} (${changesInWords(strategy.actions)}): npx optimizer approve ${trialId}, or decline`,
    ),
    ...watched,
    ...left.map(
      ({ strategy, because }) =>
        `${strategy.id} (${changesInWords(strategy.actions)}) was left by the last cycle: ${because}; the next one plans anew`,
    ),
    nextCycleAt ? `The next cycle looks at it at about ${moment(nextCycleAt)}` : 'The next cycle looks at it',
    `What that would try as things stand: npx optimizer cycle --target ${agentId} --dry-run`,
  ].map(stopped)
}
