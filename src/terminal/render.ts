import { styleText } from 'node:util'
import type { Bottleneck } from '../model/bottleneck.ts'
import { formatImprovement, formatMs, formatRatio, metricLabels } from '../model/format.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { Action, Strategy } from '../model/strategy.ts'
import type { Judgement, Verdict } from '../model/trial.ts'
import type { Trial } from '../store/trials.ts'

export interface DisplayedCycle {
  workflowId: string
  state: string
  phases: Record<string, number>
  bottlenecks: Bottleneck[]
  strategies: Strategy[]
  trials: Trial[]
}

/** The cycle as lines, each of which is understandable by itself, so that they can also be read in a log. */
export function renderCycle(cycle: DisplayedCycle): string[] {
  const strategies = new Map(cycle.strategies.map((strategy) => [strategy.id, strategy]))
  const { collectMs, detectMs, executeAndMeasureMs } = cycle.phases
  const lines = [styleText('bold', `Cycle ${cycle.workflowId}`)]
  if (collectMs !== undefined) lines.push(`  collect  ${collectMs} ms`)
  if (detectMs !== undefined) {
    lines.push(`  detect   ${detectMs} ms: ${cycle.bottlenecks.length} bottlenecks, ${cycle.strategies.length} strategies`)
  }
  for (const { severity, description, impact } of cycle.bottlenecks) {
    lines.push(`    ${styleText('yellow', severity)} ${description}, impact ${impact.toFixed(1)}`)
  }
  for (const { id, agentId, actions } of cycle.strategies.filter(({ asks }) => asks)) {
    lines.push(`    ${styleText('cyan', agentId)} ${formatChanges(actions)}: waiting for approval, npx optimizer approve ${id}`)
  }
  if (cycle.trials.length > 0) lines.push('  execute and measure')
  for (const trial of cycle.trials) {
    const strategy = strategies.get(trial.id)
    if (strategy) lines.push(...trialLines(trial, strategy))
  }
  if (executeAndMeasureMs !== undefined) lines.push(`  ${cycle.state} after ${Math.round(executeAndMeasureMs / 1_000)} s`)
  return lines
}

/** "cacheTtlMs 0 → 600, retries 1 → 2" */
export function formatChanges(actions: readonly Action[]): string {
  return actions.map(({ knob, from, to }) => `${knob} ${String(from)} → ${String(to)}`).join(', ')
}

function trialLines(trial: Trial, strategy: Strategy): string[] {
  const changes = formatChanges(strategy.actions)
  const head = `    ${styleText('cyan', trial.agentId)} ${changes} (${trial.id})`
  const { judgement, state } = trial
  if (!judgement) return [head, `      ${changes}: ${state}`]
  const ending =
    judgement.decision === 'continue' && !trial.endedAt
      ? ''
      : ` ${formatVerdict(judgement.decision)}, ${state}: ${judgement.reason}`
  return [head, `      ${progress(judgement)}${ending}`]
}

/** Samples per arm and the interval as a bar that narrows. */
function progress({ samples, metric, improvement, interval }: Judgement): string {
  const counts = `${metricLabels[metric]}, candidate ${samples.candidate} / control ${samples.control}`
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

export function formatVerdict(decision: 'continue' | Verdict): string {
  const colour = { keep: 'green', 'roll-back': 'red', undecided: 'yellow', continue: 'gray' } as const
  return styleText(colour[decision], decision === 'continue' ? 'watching' : decision)
}

/** Before → after of one result. */
export function formatBeforeAfter({ metrics: { before, after } }: OptimizationResult): string {
  return `p50 ${formatMs(before.responseTimeP50)} → ${formatMs(after.responseTimeP50)}, success ${formatRatio(before.successRate)} → ${formatRatio(after.successRate)}`
}
