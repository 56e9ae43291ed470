import type { Generated, GeneratedAlways } from 'kysely'
import type { Event } from '../../model/event.ts'
import type { Json } from './columns.ts'

export interface Events {
  id: GeneratedAlways<number>
  at: Generated<Date>
  type: Event['type']
  ref: Json<Event['ref']>
}

export interface EventTables {
  events: Events
}
