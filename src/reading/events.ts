import type { Event } from '../model/event.ts'
import type { Database } from '../store/database.ts'
import { findEventRange, getNextTransactionId, listEventIds, listEvents } from '../store/events.ts'
import { EventSequence } from './event-sequence.ts'

/** Ids of transactions that were open when the feed began lie no further back. */
const lookBack = 100
const idsAtOnce = 1_000
/** A feed that has not been read for longer restarts at the newest event. */
const idleMs = 60_000

/** The events in order, without losing any. However many readers there are, the database is polled for new ones once per interval. */
export class EventFeed {
  readonly #db: Database
  readonly #everyMs: number
  #sequence = new EventSequence(0)
  #readAt = 0
  #reading: Promise<number> | undefined

  constructor(db: Database, everyMs = 1_000) {
    this.#db = db
    this.#everyMs = everyMs
  }

  /** The id of the event up to which the record is complete. */
  async findNewest(): Promise<number> {
    if (Date.now() - this.#readAt < this.#everyMs) return this.#sequence.completeUpTo
    this.#reading ??= this.#advance().finally(() => {
      this.#reading = undefined
    })
    return await this.#reading
  }

  /** Whether the events after this one are still on record, so that a reader may continue with them. */
  async canResumeAfter(id: number): Promise<boolean> {
    const { oldest, newest } = await findEventRange(this.#db)
    return id <= newest && id >= oldest - 1
  }

  /** The events after one and up to another, oldest first. */
  async read(after: number, upTo: number, limit: number): Promise<Event[]> {
    return await listEvents(this.#db, { after, upTo }, limit)
  }

  async #advance(): Promise<number> {
    if (Date.now() - this.#readAt > idleMs) {
      const { newest } = await findEventRange(this.#db)
      this.#sequence = new EventSequence(Math.max(0, newest - lookBack))
    }
    const sequence = this.#sequence
    for (;;) {
      const before = sequence.completeUpTo
      const { ids, oldestOpenTransaction } = await listEventIds(this.#db, before, idsAtOnce)
      if (sequence.advance(ids, oldestOpenTransaction)) sequence.setFence(ids.at(-1)!, await getNextTransactionId(this.#db))
      if (ids.length < idsAtOnce || sequence.completeUpTo === before) break
    }
    this.#readAt = Date.now()
    return sequence.completeUpTo
  }
}
