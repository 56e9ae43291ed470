import type { Generated, GeneratedAlways } from 'kysely'

export interface Outbox {
  id: GeneratedAlways<number>
  messageId: Generated<string>
  subject: string
  content: string
  createdAt: Generated<Date>
}

/** The notices that receivers were sent once. */
export interface Notices {
  receiver: string
  subject: string
  toldAt: Generated<Date>
}

export interface OutboxTables {
  outbox: Outbox
  notices: Notices
}
