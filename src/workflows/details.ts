/** Markdown for the Temporal UI's "current details" (A5). */
import type { ApprovalRequest, CollectResult, DetectResult, StrategyRef, TrialOutcome } from '../contract/activities.ts'
import { formatImprovement, formatMs, pluralize } from '../model/format.ts'
import type { Policy } from '../model/policy.ts'

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
      `Detected ${pluralize(detected.bottlenecks.total, 'bottleneck')}; ${detected.strategies.length} strategies planned`,
      list(detected.bottlenecks.lines),
    )
  if (view.running.length)
    lines.push('Running', list(view.running.map((strategy) => `${strategy.description} (\`${strategy.id}\`)`)))
  if (view.outcomes.length)
    lines.push(
      `| trial | agent | verdict | metric | effect |\n|---|---|---|---|---|\n${view.outcomes.map(outcomeRow).join('\n')}`,
    )
  const left = [...(detected?.skipped ?? []), ...view.deferred]
  if (left.length) lines.push('Not tried', list(left))
  return lines.filter(Boolean).join('\n\n')
}

export function formatApprovalDetails({ strategy, details }: ApprovalRequest): string {
  const command = (name: string) => `\`npx optimizer ${name} ${strategy.id}\``
  const how = `Decide with ${command('approve')} or ${command('decline')}.`
  return [`**Waiting for approval: ${strategy.description}** on \`${strategy.agentId}\``, details, how].join('\n\n')
}

export function formatTrialDetails(strategy: StrategyRef, outcome: TrialOutcome | null): string {
  const head = `**${strategy.description}** on \`${strategy.agentId}\``
  return outcome ? `${head}\n\n${outcome.verdict}: ${outcome.reason}` : `${head}\n\nRunning`
}

const outcomeRow = (outcome: TrialOutcome) =>
  `| \`${outcome.trialId}\` | ${outcome.agentId} | ${outcome.verdict} | ${outcome.metric} | ${formatImprovement(outcome.metric, outcome.improvement, outcome.interval)} |`
const list = (items: string[]) => items.map((item) => `- ${item}`).join('\n')
