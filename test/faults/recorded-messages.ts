/** Status messages as they were recorded in the database, alongside those that NATS has. */
import { jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { sql } from 'kysely'
import type { OptimizationStatus } from '../../src/messaging/performance.ts'
import { performanceSubjects } from '../../src/messaging/subjects.ts'
import type { Database } from '../../src/store/database.ts'

export interface StatusMessage {
  id: string
  subject: string
  content: string
}

/** Records from now on every message that is to be published, in the transaction that reports it. */
export async function recordMessages(db: Database): Promise<void> {
  await sql
    .raw(`
      create table recorded_messages (place bigint primary key, id uuid not null, subject text not null, content text not null);
      create function record_message() returns trigger language plpgsql as $$ begin
        insert into recorded_messages values (new.id, new.message_id, new.subject, new.content); return null; end $$;
      create trigger record_message after insert on outbox for each row execute function record_message();`)
    .execute(db)
}

export async function listRecordedMessages(db: Database): Promise<StatusMessage[]> {
  const { rows } = await sql<StatusMessage>`select id, subject, content from recorded_messages order by place`.execute(db)
  return rows
}

/** Everything in the streams, as a reader gets it that was away all the time. */
export async function readStreams(nats: NatsConnection): Promise<StatusMessage[]> {
  const found: StatusMessage[] = []
  for (const stream of ['PERFORMANCE', 'PERFORMANCE_METRICS'])
    for await (const message of await (await jetstream(nats).consumers.get(stream)).consume()) {
      found.push({ id: message.headers?.get('Nats-Msg-Id') ?? '', subject: message.subject, content: message.string() })
      if (message.info.pending === 0) break
    }
  return found
}

export interface Comparison {
  recorded: number
  /** Recorded, and never received. */
  lost: number
  /** Received more than once, recognized by the id. */
  repeated: number
  /** Received with an id, and another content than recorded. */
  changed: number
  /** Statuses of a trial that were received before an earlier one of it. */
  outOfOrder: number
}

/** @param received in this order, with repetitions */
export function compareMessages(recorded: readonly StatusMessage[], received: readonly StatusMessage[]): Comparison {
  const places = new Map(recorded.map(({ id }, place) => [id, place]))
  const seen = new Map<string, StatusMessage>()
  const latest = new Map<string, number>()
  const comparison = { recorded: recorded.length, lost: 0, repeated: 0, changed: 0, outOfOrder: 0 }
  for (const message of received) {
    const place = places.get(message.id)
    if (place === undefined) continue
    if (seen.has(message.id)) comparison.repeated++
    if (message.content !== recorded[place]!.content) comparison.changed++
    if (!seen.has(message.id) && message.subject === performanceSubjects.optimizationStatus) {
      const { trialId }: OptimizationStatus = JSON.parse(message.content)
      if (place < (latest.get(trialId) ?? -1)) comparison.outOfOrder++
      latest.set(trialId, place)
    }
    seen.set(message.id, message)
  }
  comparison.lost = recorded.filter(({ id }) => !seen.has(id)).length
  return comparison
}

/** The errors in the statuses of trials that have ended: each begins once, ends with its state, and has one result. */
export async function findUntold(db: Database, received: readonly StatusMessage[]): Promise<string[]> {
  const distinct = new Map(received.map((message) => [message.id, message]))
  const statuses = [...distinct.values()]
    .filter(({ subject }) => subject === performanceSubjects.optimizationStatus)
    .map(({ content }): OptimizationStatus => JSON.parse(content))
  const byTrial = Map.groupBy(statuses, ({ trialId }) => trialId)
  const trials = await db.selectFrom('trials').where('endedAt', 'is not', null).select(['id', 'state']).execute()
  const results = new Set(
    (await db.selectFrom('optimizationResults').select('strategyId').execute()).map((row) => row.strategyId),
  )
  return trials.flatMap(({ id, state }) => {
    const told = byTrial.get(id) ?? []
    const changes = told.filter(({ judgement, result }) => !judgement && !result).map((status) => status.state)
    const ofResults = told.filter(({ result }) => result).length
    return [
      ...(changes.at(-1) === state ? [] : [`${id} is ${state}, its last status is ${changes.at(-1)}`]),
      ...changes.flatMap((each, index) => (each === changes[index - 1] ? [`${id} became ${each} twice in a row`] : [])),
      ...(results.has(id) && ofResults !== 1 ? [`the result of ${id} was published ${ofResults} times`] : []),
    ]
  })
}
