import type { Generated, GeneratedAlways } from 'kysely'

export interface Outbox {
  id: GeneratedAlways<number>
  messageId: Generated<string>
  subject: string
  content: string
  createdAt: Generated<Date>
}

export interface OutboxTables {
  outbox: Outbox
}
