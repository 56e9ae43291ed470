import { withDatabase } from '../client/with-database.ts'
import { auditQuerySchema } from '../model/audit.ts'
import { parseDateTime } from '../model/date-time.ts'
import { readAudit } from '../reading/audit.ts'
import { formatAudit } from '../terminal/format-audit.ts'
import { print } from '../terminal/print.ts'

interface AuditOptions {
  action?: string
  actor?: string
  subject?: string
  workflow?: string
  since?: string
  until?: string
  limit?: number
  after?: string
  json?: boolean
}

export async function audit({ workflow: workflowId, since, until, json, ...filters }: AuditOptions): Promise<void> {
  const toIso = (text: string | undefined) => text && parseDateTime(text).toISOString()
  const query = auditQuerySchema.parse({ ...filters, workflowId, since: toIso(since), until: toIso(until) })
  await withDatabase(async (client) => print(await readAudit(client, query), formatAudit, json))
}
