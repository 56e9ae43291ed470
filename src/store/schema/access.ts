import type { Generated, GeneratedAlways } from 'kysely'
import type { RecordedToken } from '../../model/access.ts'
import type { NewAuditEntry } from '../../model/audit.ts'
import type { NullableJson } from './columns.ts'

export interface ApiTokens extends Omit<RecordedToken, 'id' | 'createdAt' | 'agents'> {
  id: GeneratedAlways<number>
  agents: Generated<string[]>
  digest: Buffer
  createdAt: Generated<Date>
}

export interface AuditEntries extends Required<Omit<NewAuditEntry, 'detail' | 'reason'>> {
  id: GeneratedAlways<number>
  at: Generated<Date>
  reason: Generated<string>
  detail: NullableJson<unknown>
}

export interface AccessTables {
  apiTokens: ApiTokens
  auditEntries: AuditEntries
}
