import { formatCut } from '../model/format.ts'
import type { Policy } from '../model/policy.ts'
import type { RecordedPolicyChange } from '../model/records.ts'
import type { Page } from '../reading/listed.ts'
import type { PolicyField } from '../reading/policy.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

const names: Record<keyof Policy, string> = {
  aggressiveness: 'aggressiveness',
  aggressivenessAsked: 'requested aggressiveness',
  focus: 'focus',
  resourceMode: 'resources',
  autonomy: 'autonomy',
  autonomyByKind: 'autonomy by kind',
  reputation: 'reputation',
  paused: 'paused',
}

/** The policy in force as a table: each field with since when, by whom and why. */
export function formatPolicy(fields: readonly PolicyField[]): string {
  return formatTable(
    ['policy', 'value', 'since', 'by', 'why'],
    fields.map(({ field, value, since, by, why }) => [
      names[field],
      formatValue(field, value),
      since ? formatTime(since) : 'default',
      by ?? '',
      why ?? '',
    ]),
  )
}

/** One line for each change. */
export function formatPolicyHistory({ items, total }: Page<RecordedPolicyChange>): string {
  if (total === 0) return 'The policy has never been changed.'
  return [...items.map(formatChange), ...formatCut(items.length, total, 'change')].join('\n')
}

function formatChange({ field, oldValue, newValue, changedBy, changedAt, reason }: RecordedPolicyChange): string {
  const change = `${formatValue(field, oldValue)} → ${formatValue(field, newValue)}`
  const name = names[field as keyof Policy] ?? field
  return `${formatTime(changedAt)}  ${name} ${change}, by ${changedBy}${reason && `: ${reason}`}`
}

function formatValue(field: string, value: unknown): string {
  if (field === 'focus') return typeof value === 'string' ? value : 'the whole fleet'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (field === 'autonomy' || field === 'reputation') return Number(value).toFixed(2)
  if (typeof value !== 'object' || value === null) return String(value)
  const levels = Object.entries(value).map(([kind, level]) => `${kind} ${Number(level).toFixed(2)}`)
  return levels.join(', ') || 'none'
}
