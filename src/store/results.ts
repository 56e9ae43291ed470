import { sql } from 'kysely'
import { getChangeUnit, getRecordedMetric, type MetricName, type RecordedMetric } from '../model/metric.ts'
import type { OptimizationResult, PredictedImprovement, RecordedResultDigest, UndoRecord } from '../model/result.ts'
import type { Verdict } from '../model/trial.ts'
import type { Database } from './database.ts'
import { countRows, isWithin, paginateNewestFirstByTime, type TimeFilter } from './newest-first.ts'

/** Stores the result of a strategy, replacing any earlier one. */
export async function upsertResult(db: Database, cycleId: string | null, result: OptimizationResult): Promise<void> {
  const row = {
    cycleId,
    agentId: result.strategy.agentId,
    type: result.strategy.type,
    verdict: result.verdict,
    success: result.success,
    actualImprovement: result.actualImprovement,
    promisedImprovement: result.promised?.improvement ?? null,
    promisedLow: result.promised?.interval[0] ?? null,
    promisedHigh: result.promised?.interval[1] ?? null,
    content: JSON.stringify(result),
    timestamp: new Date(result.timestamp),
  }
  await db
    .insertInto('optimizationResults')
    .values({ strategyId: result.strategy.id, ...row })
    .onConflict((conflict) => conflict.column('strategyId').doUpdateSet(row))
    .execute()
}

/** The result of a strategy; undefined until its trial is concluded. */
export async function findResult(db: Database, strategyId: string): Promise<OptimizationResult | undefined> {
  const row = await db.selectFrom('optimizationResults').where('strategyId', '=', strategyId).select('content').executeTakeFirst()
  return row?.content
}

/** The results of the trials that ran within a cycle, newest first. */
export async function listCycleResults(db: Database, cycleId: string): Promise<OptimizationResult[]> {
  return (await newest(db).where('cycleId', '=', cycleId).execute()).map(({ content }) => content)
}

/** The results of the strategies that some cycles planned, also of those that were tried outside a cycle; newest first. */
export async function listPlannedResults(db: Database, cycleIds: readonly string[]): Promise<OptimizationResult[]> {
  if (cycleIds.length === 0) return []
  const planned = db.selectFrom('strategies').where('cycleId', 'in', cycleIds).select('id')
  return (await newest(db).where('strategyId', 'in', planned).execute()).map(({ content }) => content)
}

/** A filter for results by when their trials ended, among others; by default all. */
export interface ResultFilter extends TimeFilter {
  agentId?: string | undefined
  verdict?: Verdict | undefined
}

/** A part of the results; by default all. */
export interface ResultRange {
  limit?: number | undefined
  /** Only those older than that of this strategy. */
  after?: string | undefined
}

/** The newest results that match, newest first. */
export async function listResults(
  db: Database,
  { limit, after, ...filter }: ResultFilter & ResultRange = {},
): Promise<OptimizationResult[]> {
  const order = { table: 'optimizationResults', time: 'timestamp', id: 'strategyId' } as const
  const rows = await paginateNewestFirstByTime(matching(db, filter), order, { limit, after }).select('content').execute()
  return rows.map((row) => row.content)
}

const matching = (db: Database, { agentId, verdict, ...time }: ResultFilter) =>
  db
    .selectFrom('optimizationResults')
    .$if(agentId !== undefined, (query) => query.where('agentId', '=', agentId!))
    .$if(verdict !== undefined, (query) => query.where('verdict', '=', verdict!))
    .where(isWithin('timestamp', time))

/** How many results there are. */
export const countResults = (db: Database, filter: ResultFilter = {}): Promise<number> => countRows(matching(db, filter))

/** The results that match, by default all, reduced to what summaries need, in no particular order. */
export async function listResultDigests(db: Database, filter: ResultFilter = {}): Promise<RecordedResultDigest[]> {
  const part = <T>(name: string) => sql<T | null>`content -> ${sql.lit(name)}`
  const rows = await matching(db, filter)
    .select([
      'strategyId as trialId',
      'timestamp',
      sql<number>`(content -> 'executionTime')::float8`.as('executionTime'),
      'type',
      'agentId',
      'verdict',
      'success',
      'actualImprovement',
      part<boolean>('judged').as('judged'),
      part<OptimizationResult['endedBy']>('endedBy').as('endedBy'),
      part<string>('keptBy').as('keptBy'),
      part<UndoRecord>('undone').as('undone'),
      part<PredictedImprovement>('promised').as('promised'),
      sql<string>`content #>> '{strategy,targetMetric}'`.as('targetMetric'),
      sql<RecordedMetric[] | null>`content #> '{strategy,declared}'`.as('declared'),
    ])
    .execute()
  return rows.map(({ timestamp, judged, endedBy, keptBy, undone, targetMetric, declared, ...row }) => ({
    ...row,
    timestamp: timestamp.toISOString(),
    unit: getChangeUnit(getRecordedMetric({ declared: declared ?? undefined }, targetMetric).kind),
    judged: judged ?? true,
    endedBy: endedBy ?? undefined,
    keptBy: keptBy ?? undefined,
    undone: undone ?? undefined,
  }))
}

/**
 * The results of kept changes, of all agents or of some, newest first; `isRestored` if the trial was rolled back since.
 * @param since ISO 8601; by default all
 */
export async function listKeptResults(
  db: Database,
  { agentId, agentIds, since }: { agentId?: string; agentIds?: readonly string[] | undefined; since?: string | undefined } = {},
): Promise<{ result: OptimizationResult; isRestored: boolean }[]> {
  const rows = await db
    .selectFrom('optimizationResults as result')
    .leftJoin('trials as trial', 'trial.id', 'result.strategyId')
    .where((eb) => eb.or([eb('result.success', '=', true), sql<boolean>`result.content -> 'keptBy' is not null`]))
    .$if(agentId !== undefined, (query) => query.where('result.agentId', '=', agentId!))
    .$if(agentIds !== undefined, (query) => query.where('result.agentId', 'in', agentIds!))
    .$if(since !== undefined, (query) => query.where('result.timestamp', '>=', new Date(since!)))
    .orderBy('result.timestamp', 'desc')
    .select(['result.content', 'trial.state'])
    .execute()
  return rows.map(({ content, state }) => ({ result: content, isRestored: state === 'restored' || state === 'restoring' }))
}

/** The agents with a kept change whose trial measured one of these metrics, as their executions reported it. */
export async function listMeasuredAgents(db: Database, metrics: readonly MetricName[]): Promise<string[]> {
  const rows = await db
    .selectFrom('optimizationResults')
    .where('success', '=', true)
    .where(sql<boolean>`content #> '{metrics,before,reported}' ?| ${[...metrics]}::text[]`)
    .select('agentId')
    .distinct()
    .execute()
  return rows.map(({ agentId }) => agentId)
}

/** How many changes of cycles were proven, and how many not. */
export async function countCycleResults(db: Database): Promise<{ proven: number; unproven: number }> {
  return await db
    .selectFrom('optimizationResults')
    .where('cycleId', 'is not', null)
    .select(({ fn }) => [
      fn.countAll<number>().filterWhere(isProven).as('proven'),
      fn.countAll<number>().filterWhere(sql<boolean>`not (${isProven})`).as('unproven'),
    ])
    .executeTakeFirstOrThrow()
}

/** Kept by proof, and not harmful after all. */
const isProven = sql<boolean>`success and coalesce(not (content -> 'undone' ->> 'harmful')::boolean, true)`

const newest = (db: Database) => db.selectFrom('optimizationResults').orderBy('timestamp', 'desc').select('content')

/** Records that a kept change was undone; its verdict stays. The first record counts, unless a later one says that it did harm. */
export async function recordUndo(db: Database, strategyId: string, { reason, harmful }: Omit<UndoRecord, 'at'>): Promise<void> {
  const result = await findResult(db, strategyId)
  if (!result || !(result.success || result.keptBy)) return
  if (result.undone && (result.undone.harmful || !harmful)) return
  const undone: UndoRecord = { at: new Date().toISOString(), reason, harmful }
  const issues = result.issues.includes(reason) ? result.issues : [...result.issues, reason]
  await updateContent(db, { ...result, undone, issues })
}

/** Records that a change that was undone is in force again, because a person restored it. */
export async function recordReinstatement(db: Database, strategyId: string): Promise<void> {
  const { undone, ...result } = (await findResult(db, strategyId)) ?? {}
  if (undone && !undone.harmful) await updateContent(db, result as OptimizationResult)
}

async function updateContent(db: Database, content: OptimizationResult): Promise<void> {
  await db
    .updateTable('optimizationResults')
    .set({ content: JSON.stringify(content) })
    .where('strategyId', '=', content.strategy.id)
    .execute()
}
