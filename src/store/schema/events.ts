import type { Generated, GeneratedAlways } from 'kysely'
import type { Event } from '../../model/event.ts'
import type { Json } from './columns.ts'

export interface Events {
  id: GeneratedAlways<number>
  at: Generated<Date>
  type: Event['type']
  ref: Json<Event['ref']>
}

/** The only row: until when it is on record which instances fell silent. */
export interface RecordedSilences {
  until: Date
}

export interface EventTables {
  events: Events
  recordedSilences: RecordedSilences
}
