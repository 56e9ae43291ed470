import { formatTruncation } from '../model/format.ts'
import type { Page } from '../reading/list-extent.ts'
import type { PolicyChange, PolicyField } from '../reading/policy.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** The policy in force as a table: each field with when, by whom and why it was set. */
export function formatPolicy(fields: readonly PolicyField[]): string {
  return formatTable(
    ['policy', 'value', 'since', 'by', 'why'],
    fields.map(({ label, text, since, by, why }) => [label, text, since ? formatTime(since) : 'default', by ?? '', why ?? '']),
  )
}

/** One line for each change. */
export function formatPolicyHistory({ items, total }: Page<PolicyChange>): string {
  if (total === 0) return 'The policy has never been changed.'
  return [...items.map(formatChange), ...formatTruncation(items.length, total, 'change')].join('\n')
}

function formatChange({ label, oldText, newText, changedBy, changedAt, reason }: PolicyChange): string {
  return `${formatTime(changedAt)}  ${label} ${oldText} → ${newText}, by ${changedBy}${reason && `: ${reason}`}`
}
