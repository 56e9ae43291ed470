import { setTimeout as delay } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { Hono } from 'hono'
import { sql } from 'kysely'
import type { Database } from '../store/database.ts'

const answerWithinMs = 2_000

/** 200 while PostgreSQL and NATS answer, 503 else. */
export function createHealthRoute(db: Database, nats: NatsConnection): Hono {
  return new Hono().get('/', async (context) => {
    const [database, messaging] = await Promise.all([respondsInTime(sql`select 1`.execute(db)), respondsInTime(nats.flush())])
    return context.json({ database, nats: messaging }, database && messaging ? 200 : 503)
  })
}

async function respondsInTime(round: Promise<unknown>): Promise<boolean> {
  const answered = round.then(
    () => true,
    () => false,
  )
  return Promise.race([answered, delay(answerWithinMs, false, { ref: false })])
}
