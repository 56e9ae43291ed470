import { describeAwaitedScores } from '../../../model/awaited-scores.ts'
import { scheduleId } from '../../../model/cycle.ts'
import { addFullStop, describeChanges, describePool, describeProgress, formatTimestamp } from '../../../model/format.ts'
import { isWatchable } from '../../trials/late-harm.ts'
import { planWatchEnd } from '../../trials/watch-duration.ts'
import type { AgentFacts } from './agent-facts.ts'

/** The next steps for an agent, automatic or on a person's decision. */
export function explainNextSteps(facts: AgentFacts): string[] {
  const { agentId, active, approvals, left, skipped } = facts
  const running = active.filter(({ endedAt }) => endedAt === null)
  return [
    ...running.map(({ strategy, state, progress, judgement }) => {
      const needed = [...(progress ? [describeProgress(progress)] : []), ...(judgement?.awaited ?? []).map(describeAwaitedScores)]
      const how = [describeChanges(strategy.actions), ...describePool(strategy), state].join(', ')
      return `${strategy.id} is running (${how})${needed.length > 0 ? `: ${needed.join('; ')}` : ''}`
    }),
    ...approvals.map(
      ({ trialId, until, strategy }) =>
        `${trialId} is waiting for approval until ${formatTimestamp(until)} (${describeChanges(strategy.actions)}); to decide, run npx optimizer approve ${trialId} or npx optimizer decline ${trialId}`,
    ),
    ...explainWatches(facts),
    ...left.map(
      ({ strategy, because }) =>
        `The last cycle did not try ${strategy.id} (${describeChanges(strategy.actions)}): ${addFullStop(because)} The next cycle will plan again`,
    ),
    ...skipped.map((line) => `The last cycle planned nothing for ${line}`),
    explainNextCycle(facts),
    `To see what a cycle would try now: npx optimizer cycle --target ${agentId} --dry-run`,
  ].map(addFullStop)
}

function explainWatches({ active, history, watchMs, now }: AgentFacts): string[] {
  return active.flatMap((trial) => {
    const { state, baselineVersion, candidateVersion, strategy } = trial
    const at = history.findLastIndex(({ version }) => version === candidateVersion)
    const before = history.findLast(({ version }) => version === baselineVersion)
    const until = planWatchEnd(trial, watchMs, now.getTime())
    if (state !== 'kept' || !before || at < 0 || until === null) return []
    const values = { baseline: before.values, kept: history[at]!.values, current: history.at(-1)!.values }
    if (!isWatchable(values, history.slice(at + 1))) return []
    return [`${strategy.id} was kept and is watched for late harm until ${formatTimestamp(new Date(until))}`]
  })
}

function explainNextCycle({ agentId, schedule }: AgentFacts): string {
  if (schedule && schedule.pausedBecause !== null) {
    const resume = `npm run temporal -- schedule toggle --schedule-id ${scheduleId} --unpause`
    return `No cycle starts by itself because the Schedule is paused (${schedule.pausedBecause || 'no reason given'}): npx optimizer cycle --target ${agentId} starts one; ${resume} resumes the Schedule`
  }
  const at = schedule?.nextCycleAt
  if (!schedule) return 'The next cycle examines it; Temporal is unreachable, so the time is unknown'
  return at ? `The next cycle examines it at about ${formatTimestamp(at)}` : 'The next cycle examines it'
}
