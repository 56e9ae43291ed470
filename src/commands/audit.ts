import { withDatabase } from '../client/with-database.ts'
import { auditQuerySchema } from '../model/audit.ts'
import { parseSince } from '../model/since.ts'
import { readAudit, resolveAuditSubject } from '../reading/audit.ts'
import { formatAudit } from '../terminal/format-audit.ts'
import { print } from '../terminal/print.ts'

interface AuditOptions {
  action?: string
  actor?: string
  agent?: string
  subject?: string
  workflow?: string
  since?: string
  until?: string
  limit?: number
  after?: string
  json?: boolean
}

export async function showAuditLog({
  workflow: workflowId,
  since,
  until,
  json,
  agent,
  subject = agent,
  ...filters
}: AuditOptions): Promise<void> {
  const toIso = (text: string | undefined) => text && parseSince(text).toISOString()
  await withDatabase(async (client) => {
    const about = subject && (await resolveAuditSubject(client, subject))
    const query = auditQuerySchema.parse({ ...filters, subject: about, workflowId, since: toIso(since), until: toIso(until) })
    print(await readAudit(client, query), formatAudit, json)
  })
}
