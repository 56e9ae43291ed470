import { sql } from 'kysely'
import pg from 'pg'
import { type ReportBatch, type ReportResponse, scoreSchema } from '../messaging/protocol.ts'
import { type MetricDeclaration, type MetricValues, validateReportedMetrics } from '../model/metric.ts'
import { type Database, inTransaction } from './database.ts'
import { loadCatalogue } from './metrics.ts'
import {
  decisionWriter,
  executionWriter,
  messageWriter,
  type ReportWriter,
  type Sender,
  selfReportWriter,
  stateWriter,
} from './report-writers.ts'
import { recordScores } from './scores.ts'
import { throwUnknownAgent } from './throw-unknown-agent.ts'

const toleratedSkewMs = 5_000

type ListName = 'scores' | ReportWriter<unknown>['name']

interface Refusal {
  index: number
  reason: string
}

interface Indexed<Entry> {
  index: number
  entry: Entry
}

/**
 * Stores the well-formed entries of a batch in one transaction; a batch that is sent again counts once and gets the first
 * answer again. Timestamps of a clock that is off by more than 5 s are corrected by `now − sentAt`.
 * @param now milliseconds since the epoch, by the optimizer's clock
 * @param configured metrics that the configuration declares
 * @throws OptimizerError `unknown-agent`
 */
export function ingestReports(
  db: Database,
  batch: ReportBatch,
  now: number,
  configured: readonly MetricDeclaration[] = [],
): Promise<ReportResponse> {
  return inTransaction(db, async (db) => {
    const { agentId, batchId } = batch
    if (!(await isKnown(db, agentId))) throwUnknownAgent(agentId)
    const first = await db
      .insertInto('reportBatches')
      .values({ batchId })
      .onConflict((conflict) => conflict.doNothing())
      .returning('batchId')
      .executeTakeFirst()
    if (!first) return await firstAnswer(db, batchId)
    const answer = await storeLists(db, batch, now, configured)
    await db
      .updateTable('reportBatches')
      .set({ answer: JSON.stringify(answer) })
      .where('batchId', '=', batchId)
      .execute()
    return answer
  })
}

/** Deletes the ids of batches received before a time; one that is sent again after that counts as new. */
export async function deleteReportBatches(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('reportBatches').where('receivedAt', '<', before).execute()
}

async function storeLists(
  db: Database,
  batch: ReportBatch,
  now: number,
  configured: readonly MetricDeclaration[],
): Promise<ReportResponse> {
  const answer: ReportResponse = { accepted: 0, rejected: [] }
  const skew = now - batch.sentAt
  const correction = Math.abs(skew) > toleratedSkewMs ? skew : 0
  const latest = now + toleratedSkewMs
  const sender: Sender = { agentId: batch.agentId, instanceId: batch.instanceId, moment: (at) => new Date(at + correction) }

  const reportsMetrics = batch.scores.length > 0 || batch.executions.some((raw) => (raw as { metrics?: unknown } | null)?.metrics)
  const catalogue = reportsMetrics ? await loadCatalogue(db, configured) : new Map()

  async function store<Entry extends { at: number; metrics?: MetricValues }>({
    name,
    schema,
    write,
  }: Pick<ReportWriter<Entry>, 'schema'> & {
    name: ListName
    write: (entries: Indexed<Entry>[]) => Promise<Refusal[]>
  }): Promise<void> {
    const reject = (index: number, reason: string) => answer.rejected.push({ list: name, index, reason })
    const wellFormed: Indexed<Entry>[] = []
    for (const [index, raw] of batch[name].entries()) {
      const parsed = schema.safeParse(raw)
      const unusable = parsed.data?.metrics && validateReportedMetrics(catalogue, parsed.data.metrics)
      if (!parsed.success) {
        const issue = parsed.error.issues[0]
        reject(index, `${issue?.path.join('.') || 'entry'}: ${issue?.message}`)
      } else if (unusable) {
        reject(index, `metrics: ${unusable}`)
      } else if (parsed.data.at + correction > latest) {
        reject(index, 'at: is later than the time it was sent')
      } else {
        wellFormed.push({ index, entry: parsed.data })
      }
    }
    const refused = await write(wellFormed)
    for (const { index, reason } of refused) reject(index, reason)
    answer.accepted += wellFormed.length - refused.length
  }
  const storeRows = <Entry extends { at: number; metrics?: MetricValues }>({ name, schema, insert }: ReportWriter<Entry>) =>
    store({ name, schema, write: (entries) => insertAll(db, entries, (rows) => insert(db, sender, rows)) })

  await storeRows(executionWriter)
  await storeRows(decisionWriter)
  await storeRows(messageWriter)
  await storeRows(stateWriter)
  await storeRows(selfReportWriter)
  // Last, so that an execution and its score may come in one batch.
  await store({ name: 'scores', schema: scoreSchema, write: (entries) => recordScores(db, batch.agentId, entries, now) })
  return answer
}

/** Inserts all entries at once; if PostgreSQL refuses, inserts each half separately, down to the entries it refuses. */
async function insertAll<Entry>(
  db: Database,
  entries: Indexed<Entry>[],
  insert: (entries: Entry[]) => Promise<unknown>,
): Promise<Refusal[]> {
  if (entries.length === 0) return []
  const reason = await findInsertError(db, () => insert(entries.map(({ entry }) => entry)))
  if (reason === undefined) return []
  if (entries.length === 1) return [{ index: entries[0]!.index, reason }]
  const middle = entries.length >> 1
  return [...(await insertAll(db, entries.slice(0, middle), insert)), ...(await insertAll(db, entries.slice(middle), insert))]
}

/** Why PostgreSQL refuses these values, for example a NUL in a text; undefined if it accepts them. */
async function findInsertError(db: Database, statement: () => Promise<unknown>): Promise<string | undefined> {
  await sql`savepoint entries`.execute(db)
  try {
    await statement()
    await sql`release savepoint entries`.execute(db)
    return undefined
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !isAboutValues(error.code)) throw error
    await sql`rollback to savepoint entries`.execute(db)
    return error.message
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (constraint violation). */
const isAboutValues = (code = '') => code.startsWith('22') || code.startsWith('23')

async function isKnown(db: Database, agentId: string): Promise<boolean> {
  return (await db.selectFrom('agents').where('agentId', '=', agentId).select('agentId').executeTakeFirst()) !== undefined
}

async function firstAnswer(db: Database, batchId: string): Promise<ReportResponse> {
  const row = await db.selectFrom('reportBatches').where('batchId', '=', batchId).select('answer').executeTakeFirstOrThrow()
  return row.answer!
}
