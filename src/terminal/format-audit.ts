import type { AuditEntry, AuditPage } from '../model/audit.ts'
import { formatTime } from './format-time.ts'

/** A page of the audit log, for the terminal. */
export function formatAudit({ entries, next }: AuditPage): string {
  if (entries.length === 0) return 'No entries match.'
  const more = next ? [`More entries: --after ${next}`] : []
  return [...entries.map(formatEntry), ...more].join('\n')
}

function formatEntry({ at, action, actor, subject, reason, cause, workflowId }: AuditEntry): string {
  const origin = [cause && `because of ${cause}`, workflowId && `by workflow ${workflowId}`].filter(Boolean).join(', ')
  const lines = [`${formatTime(at)}  ${action}${subject ? ` of ${subject}` : ''}, ${actor}`, reason, origin]
  return lines.filter(Boolean).join('\n  ')
}
