import { performanceSubjects } from '../messaging/subjects.ts'
import type { Sink } from '../sinks/sink.ts'
import { recordNewAlertStates } from '../store/alert-conditions.ts'
import { type Database, inTransaction } from '../store/database.ts'
import { insertOutboxMessages } from '../store/outbox.ts'

const name = 'nats'

/** NATS as a receiver of alerts: like all other status messages, they are queued once, and wait while it is away. */
export const createOutboxSink = (db: Database): Sink => ({
  name,
  recordsItself: true,
  async send(notices, known) {
    await inTransaction(db, async (trx) => {
      // Together, and only what is news: another attempt, even one at the same time or one that was delayed, queues none again with another id,
      // and no older state after a newer one.
      const news = await recordNewAlertStates(trx, name, notices, known)
      const messages = news.map((notice) => ({ subject: performanceSubjects.alert, content: notice }))
      await insertOutboxMessages(trx, messages)
    })
  },
})
