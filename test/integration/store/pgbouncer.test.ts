import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { ensurePartitions } from '../../../src/store/partitions.ts'
import { findPause, recordPause, recordResume } from '../../../src/store/pause.ts'
import { registerInstance } from '../../../src/store/registration.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { createTestDatabase } from '../../support/database.ts'
import { missingPgBouncer, startPgBouncer } from '../../support/pgbouncer.ts'
import { announcement, batch, execution } from '../../support/store.ts'

const timeoutOf = 'statement_timeout'

describe.each(['session', 'transaction'] as const)('PostgreSQL behind PgBouncer in %s mode', (mode) => {
  async function open() {
    const database = await createTestDatabase()
    const pgBouncer = await startPgBouncer(database.url, mode)
    const db = openDatabase(pgBouncer.url)
    onTestFinished(async () => {
      await db.destroy()
      await pgBouncer.stop()
      await database.drop()
    })
    return { db, url: pgBouncer.url }
  }

  test('is migrated by two processes at once, and serves many requests at once over few connections', async (context) => {
    if (missingPgBouncer) return context.skip(missingPgBouncer)
    const { db, url } = await open()
    const other = openDatabase(url)
    onTestFinished(() => other.destroy())
    await Promise.all([migrate(db), migrate(other)])
    await ensurePartitions(db, new Date(), 2)
    await registerInstance(db, announcement('hunter', 'hunter-1'))
    const batches = Array.from({ length: 20 }, () => batch('hunter', 'hunter-1', { executions: [execution(), execution()] }))
    const answers = await Promise.all(batches.map((each, index) => ingestReports(index % 2 ? db : other, each, Date.now())))
    expect(answers.map(({ accepted }) => accepted)).toEqual(batches.map(() => 2))
    await Promise.all([recordPause(db, 'a', 'x'), recordPause(other, 'b', 'y'), recordPause(db, 'c', 'z')])
    await recordResume(db, 'a', 'x')
    expect(await findPause(other)).toBeUndefined()
  })

  test('limits the time of statements in every transaction, and leaves nothing to other clients of the pooler', async (context) => {
    if (missingPgBouncer) return context.skip(missingPgBouncer)
    const { db } = await open()
    const read = sql<{ setting: string }>`select current_setting(${timeoutOf}) as setting`
    const within = await Promise.all(
      Array.from({ length: 8 }, () => db.transaction().execute(async (trx) => (await read.execute(trx)).rows[0]!.setting)),
    )
    expect(new Set(within)).toEqual(new Set(['30s']))
    expect((await read.execute(db)).rows[0]!.setting).toBe('0')
  })
})
