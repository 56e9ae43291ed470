/** Texts for the Temporal UI (A5): summaries, and Markdown for the "current details". */
import type { ApprovalRequest, CollectResult, DetectResult, StrategyRef, TrialOutcome } from '../contract/activities.ts'
import { maxSummaryBytes } from '../contract/workflows.ts'
import { formatImprovement, formatMs, pluralize } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import type { Policy } from '../model/policy.ts'
import { truncateToBytes } from '../model/text.ts'

const longestTitleBytes = 300

/** "support-bot max_tokens 4000 → 500"; strategies of earlier versions have a description only. */
export const formatStrategyTitle = ({ agentId, changes, description }: StrategyRef) =>
  truncateToBytes(changes ? `${agentId} ${changes}` : description, longestTitleBytes)

/** The summary of a step: the title of its strategy, and how far it has come. */
export const summarizeStep = (strategy: StrategyRef, progress?: string) =>
  truncateToBytes(progress ? `${formatStrategyTitle(strategy)}: ${progress}` : formatStrategyTitle(strategy), maxSummaryBytes)

export interface CycleProgress {
  phase: string
  policy?: Policy
  collected?: CollectResult
  detected?: DetectResult
  running: StrategyRef[]
  outcomes: TrialOutcome[]
  deferred: string[]
}

export function formatCycleDetails(view: CycleProgress): string {
  const { policy, collected, detected } = view
  const lines = [`**${view.phase}**`]
  if (policy)
    lines.push(
      `Aggressiveness ${policy.aggressiveness} · autonomy ${policy.autonomy.toFixed(2)} · focus ${policy.focus ?? 'the whole fleet'}`,
    )
  if (collected)
    lines.push(
      `Collected ${pluralize(collected.agents, 'agent')} in ${formatMs(collected.collectMs)}${collected.gaps.map((gap) => `\n- gap: ${gap}`).join('')}`,
    )
  if (detected)
    lines.push(
      `Detected ${pluralize(detected.bottlenecks.total, 'bottleneck')}; ${detected.strategies.length === 1 ? '1 strategy' : `${detected.strategies.length} strategies`} planned`,
      list(detected.bottlenecks.lines),
    )
  if (view.running.length)
    lines.push('Running', list(view.running.map((strategy) => `${formatStrategyTitle(strategy)} (\`${strategy.id}\`)`)))
  if (view.outcomes.length)
    lines.push(
      `| trial | change | verdict | metric | effect |\n|---|---|---|---|---|\n${view.outcomes.map((outcome) => outcomeRow(outcome, detected)).join('\n')}`,
    )
  const left = [...(detected?.skipped ?? []), ...view.deferred]
  if (left.length) lines.push('Not tried', list(left))
  return lines.filter(Boolean).join('\n\n')
}

export function formatApprovalDetails({ strategy, details }: ApprovalRequest): string {
  const command = (name: string) => `\`npx optimizer ${name} ${strategy.id}\``
  const how = `Decide with ${command('approve')} or ${command('decline')}.`
  return [`**Waiting for approval: ${formatStrategyTitle(strategy)}**`, strategy.description, details, how].join('\n\n')
}

/** @param progress what a running trial still needs, in words */
export function formatTrialDetails(strategy: StrategyRef, outcome: TrialOutcome | null, progress?: string): string {
  const head = `**${formatStrategyTitle(strategy)}**\n\n${strategy.description}`
  if (!outcome) return `${head}\n\nRunning${progress ? `: ${progress}` : ''}`
  return `${head}\n\n**${outcome.verdict}**, ${formatEffect(outcome).join(' ')}: ${outcome.reason}`
}

function outcomeRow(outcome: TrialOutcome, detected?: DetectResult): string {
  const { trialId, agentId, verdict } = outcome
  const strategy = detected?.strategies.find(({ id }) => id === trialId)
  return `| \`${trialId}\` | ${strategy ? formatStrategyTitle(strategy) : agentId} | ${verdict} | ${formatEffect(outcome).join(' | ')} |`
}

/** The metric and the effect on it. */
function formatEffect(outcome: TrialOutcome): [metric: string, effect: string] {
  const metric = getRecordedMetric(outcome, outcome.metric)
  return [metric.label, formatImprovement(metric, outcome.improvement, outcome.interval)]
}
const list = (items: string[]) => items.map((item) => `- ${item}`).join('\n')
