import { styleText } from 'node:util'
import { formatImpact } from '../model/bottleneck.ts'
import { formatChanges, formatDuration, formatImprovement, pluralize } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import { describeReassessment } from '../model/reassessment.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Judgement } from '../model/trial.ts'
import type { CycleView } from '../reading/cycles.ts'
import { formatVerdict } from './format-trial.ts'

/** The cycle as lines; each makes sense by itself, so that it can also be read in a log. */
export function renderCycle(cycle: CycleView): string[] {
  const strategies = new Map(cycle.strategies.map((strategy) => [strategy.id, strategy]))
  const { collectMs, detectMs, executeAndMeasureMs } = cycle.phases
  const lines = [styleText('bold', `Cycle ${cycle.id}`)]
  if (collectMs !== undefined) lines.push(`  collect  ${collectMs} ms`)
  if (detectMs !== undefined) {
    const planned = cycle.strategies.length === 1 ? '1 strategy' : `${cycle.strategies.length} strategies`
    lines.push(`  detect   ${detectMs} ms: ${pluralize(cycle.bottlenecks.length, 'bottleneck')}, ${planned}`)
  }
  for (const { severity, description, ...bottleneck } of cycle.bottlenecks) {
    lines.push(`    ${styleText('yellow', severity)} ${description}, impact ${formatImpact(bottleneck)}`)
  }
  for (const { id, agentId, actions } of cycle.strategies.filter(({ asks }) => asks)) {
    lines.push(`    ${styleText('cyan', agentId)} ${formatChanges(actions)}: waiting for approval, npx optimizer approve ${id}`)
  }
  for (const { agentId, actions, observation } of cycle.strategies) {
    if (!observation) continue
    lines.push(
      `    ${styleText('cyan', agentId)} ${formatChanges(actions)}: needs a trial of about ${formatDuration(observation.ms)}, which runs outside the cycle`,
    )
  }
  if (cycle.trials.length > 0) lines.push('  execute and measure')
  for (const trial of cycle.trials) {
    const strategy = strategies.get(trial.id)
    if (strategy) lines.push(...trialLines(trial, strategy))
  }
  if (executeAndMeasureMs !== undefined) lines.push(`  ${cycle.state} after ${formatDuration(executeAndMeasureMs)}`)
  const reassessed = cycle.reassessment && describeReassessment(cycle.reassessment)
  if (reassessed) lines.push(`  strategic orchestrator: ${reassessed}`)
  return lines
}

function trialLines(trial: CycleView['trials'][number], strategy: Strategy): string[] {
  const changes = formatChanges(strategy.actions)
  const head = `    ${styleText('cyan', trial.agentId)} ${changes} (${trial.id})`
  const { judgement, state } = trial
  if (!judgement) return [head, `      ${changes}: ${state}`]
  const ending =
    judgement.decision === 'continue' && !trial.endedAt
      ? ''
      : ` ${formatVerdict(judgement.decision)}, ${state}: ${judgement.reason}`
  return [head, `      ${progress(judgement, strategy)}${ending}`]
}

/** Samples per arm and the interval as a bar that narrows. */
function progress({ samples, metric: name, improvement, interval }: Judgement, strategy: Strategy): string {
  const metric = getRecordedMetric(strategy, name)
  const counts = `${metric.label}, candidate ${samples.candidate} / control ${samples.control}`
  return interval && improvement !== null
    ? `${counts}  ${bar(interval, improvement)}  ${formatImprovement(metric, improvement, interval)}`
    : counts
}

/** −50 … +50 in steps of 2.5; `│` is no change, `●` the estimate. */
function bar([low, high]: [number, number], improvement: number): string {
  const place = (value: number) => Math.max(0, Math.min(40, Math.round(value / 2.5) + 20))
  const cells = Array.from({ length: 41 }, () => '·')
  for (let i = place(low); i <= place(high); i++) cells[i] = '━'
  cells[20] = '│'
  cells[place(improvement)] = '●'
  return cells.join('')
}
