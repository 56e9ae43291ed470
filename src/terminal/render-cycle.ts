import { styleText } from 'node:util'
import { formatChanges, formatDuration, formatImpact, formatImprovement, pluralize } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import { describeReassessment } from '../model/reassessment.ts'
import type { Strategy, StrategyType } from '../model/strategy.ts'
import type { Judgement } from '../model/trial.ts'
import type { PlannedStrategy } from '../reading/cycle-strategies.ts'
import type { CycleView } from '../reading/cycles.ts'
import { formatVerdict } from './format-trial.ts'

/** The outcome of a strategy so far. */
type StrategyOutcome = Pick<PlannedStrategy, 'leftBecause' | 'state' | 'verdict'> & { strategy: Pick<Strategy, 'id'> }

/** The purposes of strategies that address no bottleneck. */
const purposes: Partial<Record<StrategyType, string>> = {
  agent_objective: 'toward an objective',
  predictive_optimization: 'before a threshold is crossed',
  coordination_enhancement: 'for negotiations',
  resource_reduction: 'to save resources',
}
/** Maximum number of reasons shown for a cycle without strategies. */
const maxReasons = 5

/**
 * The cycle as lines; each makes sense on its own, so it can also be read in a log.
 * @param outcomes what became of its strategies, as far as is known
 */
export function renderCycle(cycle: CycleView, outcomes: readonly StrategyOutcome[] = []): string[] {
  const strategies = new Map(cycle.strategies.map((strategy) => [strategy.id, strategy]))
  const { listed } = cycle
  const { collectMs, detectMs, executeAndMeasureMs } = cycle.phases
  const lines = [styleText('bold', `Cycle ${cycle.id}`)]
  if (collectMs !== undefined) lines.push(`  collect  ${collectMs} ms`)
  if (detectMs !== undefined) {
    const planned = listed.strategies.total === 1 ? '1 strategy' : `${listed.strategies.total} strategies`
    lines.push(
      `  detect   ${detectMs} ms: ${pluralize(listed.bottlenecks.total, 'bottleneck')}, ${planned}${describePurposes(cycle)}`,
    )
    if (cycle.strategies.length === 0) lines.push(...listReasons(cycle))
  }
  for (const { severity, description, ...bottleneck } of cycle.bottlenecks) {
    lines.push(`    ${styleText('yellow', severity)} ${description}, impact ${formatImpact(bottleneck)}`)
  }
  const unlisted = listed.bottlenecks.total - listed.bottlenecks.shown
  if (unlisted > 0) lines.push(`    … and ${unlisted} more bottlenecks; npx optimizer bottlenecks lists them`)
  for (const { id, agentId, actions } of cycle.strategies.filter(({ asks }) => asks)) {
    lines.push(`    ${styleText('cyan', agentId)} ${formatChanges(actions)}: waiting for approval, npx optimizer approve ${id}`)
  }
  for (const { id, agentId, actions, observation } of cycle.strategies) {
    if (!observation) continue
    const outcome = describeOutcome(outcomes.find(({ strategy }) => strategy.id === id))
    lines.push(
      `    ${styleText('cyan', agentId)} ${formatChanges(actions)}: needs a trial of about ${formatDuration(observation.ms)} outside the cycle, ${outcome}`,
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

/** " (3 toward an objective)", of the strategies that address no bottleneck; empty if there are none. */
function describePurposes({ strategies }: CycleView): string {
  const named = Map.groupBy(strategies, ({ type }) => purposes[type])
  const parts = [...named].flatMap(([purpose, of]) => (purpose ? [`${of.length} ${purpose}`] : []))
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}

/** Why a cycle has no strategy. */
function listReasons({ skipped, listed }: CycleView): string[] {
  const more = listed.skipped.total - maxReasons
  return [
    ...skipped.slice(0, maxReasons).map((line) => `    not tried: ${line}`),
    ...(more > 0 ? [`    … and ${more} more; the cycle in the dashboard lists them`] : []),
  ]
}

/** "which is observing: npx optimizer trials", of a trial outside the cycle. */
function describeOutcome(outcome: StrategyOutcome | undefined): string {
  if (outcome && outcome.state === null && outcome.leftBecause !== null) return `which was not started: ${outcome.leftBecause}`
  const { state = null, verdict = null } = outcome ?? {}
  const now = state === null ? 'is about to start' : verdict === null ? `has started (${state})` : `has ended (${verdict})`
  return `which ${now}: npx optimizer trials`
}

function trialLines(trial: CycleView['trials'][number], strategy: Strategy): string[] {
  const changes = formatChanges(strategy.actions)
  const head = `    ${styleText('cyan', trial.agentId)} ${changes} (${trial.id})`
  const { judgement, state } = trial
  const agent = styleText('cyan', trial.agentId)
  if (!judgement) return [head, `      ${agent} ${changes}: ${state}`]
  const ending =
    judgement.decision === 'continue' && !trial.endedAt
      ? ''
      : ` ${formatVerdict(judgement.decision)}, ${state}: ${judgement.reason}`
  return [head, `      ${agent} ${progress(judgement, strategy)}${ending}`]
}

/** Samples per arm and the interval as a bar that narrows. */
function progress({ samples, metric: name, improvement, interval }: Judgement, strategy: Strategy): string {
  const metric = getRecordedMetric(strategy, name)
  const counts = `${metric.label}, candidate ${samples.candidate} / control ${samples.control}`
  return interval && improvement !== null
    ? `${counts}  ${bar(interval, improvement)}  ${formatImprovement(metric, improvement, interval)}`
    : counts
}

/** −50 … +50 in steps of 2.5; `│` marks no change, `●` the estimate. */
function bar([low, high]: [number, number], improvement: number): string {
  const place = (value: number) => Math.max(0, Math.min(40, Math.round(value / 2.5) + 20))
  const cells = Array.from({ length: 41 }, () => '·')
  for (let i = place(low); i <= place(high); i++) cells[i] = '━'
  cells[20] = '│'
  cells[place(improvement)] = '●'
  return cells.join('')
}
