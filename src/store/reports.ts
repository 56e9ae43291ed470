import { type ReportBatch, type ReportResponse, scoreSchema } from '../messaging/protocol.ts'
import { describeIssue } from '../model/issue.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import type { MetricDeclaration } from '../model/metric.ts'
import { type MetricValues, validateReportedMetrics } from '../model/metric-value.ts'
import { longestMs } from '../model/quantity.ts'
import { type Database, inTransaction } from './database.ts'
import { insertAll } from './insert-all.ts'
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

type ListName = 'scores' | ReportWriter<unknown>['name']

interface Refusal {
  index: number
  reason: string
}

/** Entries whose reason the answer gives; with the reasons of all, it could exceed the limit of a NATS message. */
const explainedRejections = 500

interface Timed {
  at: number
  lastExecutionAt?: number
  metrics?: MetricValues
}

interface Indexed<Entry> {
  index: number
  entry: Entry
}

/**
 * Stores the well-formed entries of a batch in one transaction; a batch that its agent sends again counts once and gets the first
 * answer again. Timestamps of a clock that is off by more than 5 s are corrected by `now − sentAt`, however far off it is: an entry
 * counts if it happened in the week before it was sent, by the same clock.
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
      .values({ agentId, batchId })
      .onConflict((conflict) => conflict.doNothing())
      .returning('batchId')
      .executeTakeFirst()
    if (!first) return await firstAnswer(db, agentId, batchId)
    const answer = await storeLists(db, batch, now, configured)
    await db
      .updateTable('reportBatches')
      .set({ answer: JSON.stringify(answer) })
      .where('agentId', '=', agentId)
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
  const problemOf = ({ at, lastExecutionAt = at }: Timed) => {
    if (at + correction > now + toleratedSkewMs) return 'at: is later than the time it was sent'
    if (at < batch.sentAt - longestMs)
      return 'at: is more than a week before sentAt by the same clock; both are milliseconds since 1970'
    return lastExecutionAt + correction > now + toleratedSkewMs
      ? 'lastExecutionAt: is later than the time it was sent'
      : undefined
  }
  const sender: Sender = { agentId: batch.agentId, instanceId: batch.instanceId, moment: (at) => new Date(at + correction) }

  const reportsMetrics = batch.scores.length > 0 || batch.executions.some((raw) => (raw as { metrics?: unknown } | null)?.metrics)
  const catalogue = reportsMetrics ? await loadCatalogue(db, configured) : new Map()
  const unusableMetrics = ({ metrics }: Timed) => {
    const reason = metrics && validateReportedMetrics(catalogue, metrics)
    return reason && `metrics: ${reason}`
  }

  async function store<Entry extends Timed>({
    name,
    schema,
    write,
  }: Pick<ReportWriter<Entry>, 'schema'> & {
    name: ListName
    write: (entries: Indexed<Entry>[]) => Promise<Refusal[]>
  }): Promise<void> {
    const reject = (index: number, reason: string) => {
      const isExplained = answer.rejected.length < explainedRejections
      answer.rejected.push({ list: name, index, reason: isExplained ? reason : 'unusable too' })
    }
    const wellFormed: Indexed<Entry>[] = []
    for (const [index, raw] of batch[name].entries()) {
      const parsed = schema.safeParse(raw)
      const problem = parsed.success
        ? (problemOf(parsed.data) ?? unusableMetrics(parsed.data))
        : describeIssue(parsed.error, 'entry')
      if (parsed.success && !problem) wellFormed.push({ index, entry: parsed.data })
      else reject(index, problem!)
    }
    const refused = await write(wellFormed)
    for (const { index, reason } of refused) reject(index, reason)
    answer.accepted += wellFormed.length - refused.length
  }
  const storeRows = <Entry extends { at: number; metrics?: MetricValues }>({ name, schema, insert }: ReportWriter<Entry>) =>
    store({ name, schema, write: (entries) => insertIndexed(entries, (rows) => insert(db, sender, rows)) })
  const insertIndexed = async <Entry>(entries: Indexed<Entry>[], insert: (rows: Entry[]) => Promise<unknown>) => {
    const refused = await insertAll(db, entries, (indexed) => insert(indexed.map(({ entry }) => entry)))
    return refused.map(({ entry: { index }, reason }) => ({ index, reason }))
  }

  await storeRows(executionWriter)
  await storeRows(decisionWriter)
  await storeRows(messageWriter)
  await storeRows(stateWriter)
  await storeRows(selfReportWriter)
  // Last, so that an execution and its score may come in one batch.
  await store({ name: 'scores', schema: scoreSchema, write: (entries) => recordScores(db, batch.agentId, entries, now) })
  return answer
}

async function isKnown(db: Database, agentId: string): Promise<boolean> {
  return (await db.selectFrom('agents').where('agentId', '=', agentId).select('agentId').executeTakeFirst()) !== undefined
}

async function firstAnswer(db: Database, agentId: string, batchId: string): Promise<ReportResponse> {
  const row = await db
    .selectFrom('reportBatches')
    .where('agentId', '=', agentId)
    .where('batchId', '=', batchId)
    .select('answer')
    .executeTakeFirstOrThrow()
  return row.answer!
}
