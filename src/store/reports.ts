import { sql } from 'kysely'
import type { z } from 'zod'
import { type ReportBatch, type ReportResponse, scoreSchema } from '../messaging/protocol.ts'
import { describeIssue } from '../model/issue.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import type { MetricCatalogue, MetricDeclaration } from '../model/metric.ts'
import { type MetricValues, validateReportedMetrics } from '../model/metric-value.ts'
import { maxDurationMs } from '../model/quantity.ts'
import { type Database, inTransaction } from './database.ts'
import { isDataError } from './errors.ts'
import { insertAll } from './insert-all.ts'
import { insertRows } from './insert-rows.ts'
import { loadCatalogue } from './metrics.ts'
import {
  decisionWriter,
  executionWriter,
  messageWriter,
  type ReportWriter,
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
export async function ingestReports(
  db: Database,
  batch: ReportBatch,
  now: number,
  configured: readonly MetricDeclaration[] = [],
): Promise<ReportResponse> {
  const catalogue = reportsMetrics(batch) ? await loadCatalogue(db, configured) : new Map()
  const checked = checkBatch(batch, now, catalogue)
  try {
    return await inTransaction(db, (db) => storeBatch(db, batch, checked, insertAtOnce))
  } catch (error) {
    if (!isDataError(error)) throw error
    // Rare, since the entries are checked: then those that PostgreSQL refuses are looked for.
    return await inTransaction(db, (db) => storeBatch(db, batch, checked, insertAll))
  }
}

/** Deletes the ids of batches received before a time; one that is sent again after that counts as new. */
export async function deleteReportBatches(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('reportBatches').where('receivedAt', '<', before).execute()
}

/** A list of a batch: its well-formed entries can be stored, the others are refused. */
interface CheckedList {
  name: ListName
  accepted: number
  refused: Refusal[]
  /** Returns those that still cannot be stored. */
  store(db: Database, insert: Insert): Promise<Refusal[]>
}

/** Inserts entries, and returns those that are refused. */
type Insert = typeof insertAll

const insertAtOnce: Insert = async (_, entries, insert) => {
  if (entries.length > 0) await insert([...entries])
  return []
}

async function storeBatch(
  db: Database,
  { agentId, batchId }: ReportBatch,
  lists: readonly CheckedList[],
  insert: Insert,
): Promise<ReportResponse> {
  const answer = describeAnswer(lists, [])
  const { rows } = await sql`
    insert into report_batches (agent_id, batch_id, answer)
    select agent_id, ${batchId}, ${JSON.stringify(answer)} from agents where agent_id = ${agentId}
    on conflict do nothing returning batch_id`.execute(db)
  if (rows.length === 0) return await getFirstAnswer(db, agentId, batchId)
  const refused: Refusal[][] = []
  for (const list of lists) refused.push(await list.store(db, insert))
  if (refused.every(({ length }) => length === 0)) return answer
  const final = describeAnswer(lists, refused)
  await db
    .updateTable('reportBatches')
    .set({ answer: JSON.stringify(final) })
    .where('agentId', '=', agentId)
    .where('batchId', '=', batchId)
    .execute()
  return final
}

/** @param later what was refused of each list when it was stored */
function describeAnswer(lists: readonly CheckedList[], later: readonly Refusal[][]): ReportResponse {
  const answer: ReportResponse = { accepted: 0, rejected: [] }
  for (const [index, { name, accepted, refused }] of lists.entries()) {
    const more = later[index] ?? []
    answer.accepted += accepted - more.length
    for (const refusal of [...refused, ...more]) {
      const isExplained = answer.rejected.length < explainedRejections
      answer.rejected.push({ list: name, index: refusal.index, reason: isExplained ? refusal.reason : 'unusable too' })
    }
  }
  return answer
}

const reportsMetrics = ({ scores, executions }: ReportBatch) =>
  scores.length > 0 || executions.some((raw) => (raw as { metrics?: unknown } | null)?.metrics)

function checkBatch(batch: ReportBatch, now: number, catalogue: MetricCatalogue): CheckedList[] {
  const { agentId, instanceId, sentAt } = batch
  const skew = now - sentAt
  const correctionMs = Math.abs(skew) > toleratedSkewMs ? skew : 0
  const findProblem = ({ at, lastExecutionAt = at, metrics }: Timed) => {
    if (at + correctionMs > now + toleratedSkewMs) return 'at: is later than the time it was sent'
    if (at < sentAt - maxDurationMs)
      return 'at: is more than a week before sentAt by the same clock; both are milliseconds since 1970'
    if (lastExecutionAt + correctionMs > now + toleratedSkewMs) return 'lastExecutionAt: is later than the time it was sent'
    const reason = metrics && validateReportedMetrics(catalogue, metrics)
    return reason && `metrics: ${reason}`
  }

  function check<Entry extends Timed>(
    name: ListName,
    schema: z.ZodType<Entry>,
    store: (db: Database, entries: Indexed<Entry>[], insert: Insert) => Promise<Refusal[]>,
  ): CheckedList {
    const usable: Indexed<Entry>[] = []
    const refused: Refusal[] = []
    for (const [index, raw] of batch[name].entries()) {
      const parsed = schema.safeParse(raw)
      const problem = parsed.success ? findProblem(parsed.data) : describeIssue(parsed.error, 'entry')
      if (parsed.success && !problem) usable.push({ index, entry: parsed.data })
      else refused.push({ index, reason: problem! })
    }
    return { name, accepted: usable.length, refused, store: (db, insert) => store(db, usable, insert) }
  }
  const checkRows = <Entry extends Timed>({ name, schema, insertion }: ReportWriter<Entry>) => {
    const target = insertion({ agentId, instanceId, correctionMs })
    return check(name, schema, async (db, entries, insert) => {
      const refused = await insert(db, entries, (indexed) =>
        insertRows(
          db,
          target,
          indexed.map(({ entry }) => entry),
        ),
      )
      return refused.map(({ entry: { index }, reason }) => ({ index, reason }))
    })
  }

  return [
    checkRows(executionWriter),
    checkRows(decisionWriter),
    checkRows(messageWriter),
    checkRows(stateWriter),
    checkRows(selfReportWriter),
    // Last, so that an execution and its score may come in one batch.
    check('scores', scoreSchema, (db, entries) => recordScores(db, agentId, entries, now)),
  ]
}

/** The answer to a batch that is known. @throws OptimizerError `unknown-agent` if it is not, since its agent is not either */
async function getFirstAnswer(db: Database, agentId: string, batchId: string): Promise<ReportResponse> {
  const row = await db
    .selectFrom('reportBatches')
    .where('agentId', '=', agentId)
    .where('batchId', '=', batchId)
    .select('answer')
    .executeTakeFirst()
  return row?.answer ?? throwUnknownAgent(agentId)
}
