import { buildApprovalLink } from '../messaging/approval-link.ts'
import type { ApprovalSlackSettings } from '../model/approval.ts'
import { formatChanges, formatTimestamp } from '../model/format.ts'
import type { Strategy } from '../model/strategy.ts'
import { postJson } from './sink.ts'
import { escapeText } from './slack.ts'

/** A request for approval as Slack gets it. */
export interface ApprovalNotice {
  trialId: string
  agentId: string
  strategy: Pick<Strategy, 'actions' | 'why' | 'rollbackPlan' | 'asks'>
  until: Date
}

/**
 * Posts a request for approval to an incoming webhook, with links to the page on which a person decides. Slack follows links to show a preview,
 * which decides nothing.
 * @throws Error unless Slack has it
 */
export async function postApproval(slack: ApprovalSlackSettings, notice: ApprovalNotice): Promise<void> {
  const { trialId, agentId, strategy, until } = notice
  const { actions, why, rollbackPlan, asks } = strategy
  const link = buildApprovalLink(slack, trialId, until.getTime())
  const lines = [
    `:question: *Approval needed* for ${escapeText(agentId)}: ${escapeText(formatChanges(actions))}`,
    ...(why ? [escapeText(why)] : []),
    ...(asks ? [`Risk *${asks.risk}*, autonomy for this kind of agent ${asks.autonomy.toFixed(2)}.`] : []),
    `If it does not help: ${escapeText(rollbackPlan)}`,
    `<${link}&decision=approve|Approve…>   <${link}&decision=decline|Decline…>   until ${formatTimestamp(until)}`,
  ]
  await postJson(slack.url, JSON.stringify({ text: lines.join('\n'), unfurl_links: false }))
}
