import { describeImprovement, formatChanges, formatTruncation } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import type { StandingResult } from '../model/result.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Page } from '../reading/list-extent.ts'
import type { RunningChange } from '../reading/trials.ts'
import { formatTime } from './format-time.ts'
import { formatVerdictAndStanding } from './format-trial.ts'
import { formatTable } from './table.ts'

/** The trials that are running, and those that have ended, in a row each. */
export function formatTrials(
  { running, items, total }: Page<StandingResult> & { running: readonly RunningChange[] },
  isFiltered: boolean,
): string {
  const rows = [
    ...running.map(({ id, strategy, state, startedAt, judgement }) => [
      id,
      describeChange(strategy),
      `${state} since ${formatTime(startedAt)}`,
      judgement ? `${describeEffect(strategy, judgement.improvement)} so far` : '',
    ]),
    ...items.map((result) => [
      result.strategy.id,
      describeChange(result.strategy),
      `${formatVerdictAndStanding(result)}, ${formatTime(new Date(result.timestamp))}`,
      describeEffect(result.strategy, result.actualImprovement),
    ]),
  ]
  if (rows.length === 0)
    return isFiltered ? 'Nothing matches.' : 'No trial has run yet; npx optimizer cycle starts the promising ones.'
  return [
    formatTable(['trial', 'change', 'state', 'effect'], rows),
    ...formatTruncation(items.length, total, 'ended trial'),
  ].join('\n')
}

const describeChange = ({ agentId, actions }: Strategy) => `${agentId} ${formatChanges(actions)}`

const describeEffect = (strategy: Strategy, improvement: number | null) =>
  describeImprovement(getRecordedMetric(strategy, strategy.targetMetric), improvement, null)
