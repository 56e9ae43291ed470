import { type Insertable, type RawBuilder, type Selectable, sql, type Updateable } from 'kysely'
import type { OptimizationStatus } from '../messaging/performance.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import type { ArmMetrics, OptimizationResult } from '../model/result.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Judgement, Progress, Suspension, TrialBlock, TrialState } from '../model/trial.ts'
import { MAX_WATCH_FACTOR } from '../model/trial-limits.ts'
import { type Database, inTransaction } from './database.ts'
import { boolean, type Columns, float, insertRows, jsonb, text, timestamptz, uuid } from './insert-rows.ts'
import { insertOutboxMessages } from './outbox.ts'
import type { OptimizationTables } from './schema/optimization.ts'

type TrialTable = OptimizationTables['trials']
export type Trial = Selectable<TrialTable>

export type NewTrial = Pick<
  Insertable<TrialTable>,
  | 'id'
  | 'agentId'
  | 'workflowId'
  | 'design'
  | 'baselineVersion'
  | 'candidateVersion'
  | 'candidateInstances'
  | 'controlInstances'
  | 'observeMs'
  | 'maxSamples'
  | 'poolId'
>

export type TrialUpdate = Pick<
  Updateable<TrialTable>,
  'candidateVersion' | 'restoredVersion' | 'observingAt' | 'widenedInstances' | 'widenedAt' | 'watchedUntil' | 'endedAt'
> & {
  state?: TrialState
  judgement?: Judgement
  metrics?: ArmMetrics
  suspensions?: Suspension[]
  blocks?: TrialBlock[]
  progress?: Progress
  /** Added to those already recorded. */
  issues?: string[]
}

/** Records the start of a trial, and reports it; repeating it changes nothing. Its strategy must already be stored. */
export function insertTrial(db: Database, trial: NewTrial): Promise<Trial> {
  return inTransaction(db, async (db) => {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('trials')
      .values({ ...trial, state: 'applying' })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows === 1n) await publishTrialState(db, trial.id)
    return await db.selectFrom('trials').where('id', '=', trial.id).selectAll().executeTakeFirstOrThrow()
  })
}

/** Changes a trial's record, and reports a new state. */
export async function updateTrial(
  db: Database,
  id: string,
  { judgement, metrics, suspensions, blocks, progress, issues, ...change }: TrialUpdate,
): Promise<void> {
  await inTransaction(db, async (db) => {
    const before = change.state && (await lockTrial(db, id))
    await db
      .updateTable('trials')
      .set({
        ...change,
        judgement: judgement && JSON.stringify(judgement),
        metrics: metrics && JSON.stringify(metrics),
        suspensions: suspensions && JSON.stringify(suspensions),
        blocks: blocks && JSON.stringify(blocks),
        progress: isOver(change.state) ? null : progress && JSON.stringify(progress),
        issues: issues && withIssues(JSON.stringify(issues)),
      })
      .where('id', '=', id)
      .execute()
    if (before && before.state !== change.state) await publishTrialState(db, id)
  })
}

/** Reopens a kept trial that is to be rolled back; an earlier attempt may have rolled it back in the meantime. */
export async function reopenKeptTrial(db: Database, id: string): Promise<void> {
  await inTransaction(db, async (db) => {
    const trial = await lockTrial(db, id)
    if (trial?.state === 'kept') await updateTrial(db, id, { state: 'restoring', endedAt: null })
  })
}

/** The state of a trial, which nobody else changes before the end of the transaction; so its reports are in the order of its changes. */
function lockTrial(db: Database, id: string) {
  return db.selectFrom('trials').where('id', '=', id).select(['agentId', 'state', 'issues']).forUpdate().executeTakeFirst()
}

/** Publishes the state of a trial to subscribers (D8), and what a look showed or how it ended. */
export async function publishTrialState(
  db: Database,
  id: string,
  news: Pick<OptimizationStatus, 'judgement' | 'result'> = {},
): Promise<void> {
  await inTransaction(db, async (db) => {
    const trial = await lockTrial(db, id)
    if (!trial) return
    const content: OptimizationStatus = { trialId: id, ...trial, at: new Date().toISOString(), ...news }
    await insertOutboxMessages(db, [{ subject: performanceSubjects.optimizationStatus, content }])
  })
}

/** A trial whose change is undone or that has ended needs no more decisions. */
const isOver = (state?: TrialState) => state === 'restoring' || state === 'kept' || state === 'restored'

const withIssues = (added: string) =>
  sql<string>`case when issues @> ${added}::jsonb then issues else issues || ${added}::jsonb end`

/** The trial with this id; undefined if there is none. */
export function findTrial(db: Database, id: string): Promise<Trial | undefined> {
  return db.selectFrom('trials').where('id', '=', id).selectAll().executeTakeFirst()
}

/** All trials that have not ended, oldest first. */
export function listOpenTrials(db: Database): Promise<Trial[]> {
  return db.selectFrom('trials').where('endedAt', 'is', null).orderBy('startedAt').selectAll().execute()
}

/** Counts the trials started on each agent since a time. */
export async function countTrialsByAgent(db: Database, since: Date): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('trials')
    .where('startedAt', '>', since)
    .groupBy('agentId')
    .select(({ fn }) => ['agentId', fn.countAll<number>().as('trials')])
    .execute()
  return Object.fromEntries(rows.map(({ agentId, trials }) => [agentId, trials]))
}

/**
 * Whether the change of a trial is kept, and its watch may not be over. Whatever made the trial last longer than planned, the watch is at
 * most as long as `planWatchEnd` allows (`analysis/trials/watch-duration.ts`), which decides.
 * @param watchMs `trials.watchMs`
 */
export const mayBeWatched = (watchMs: number, now: Date): RawBuilder<boolean> =>
  watchMs === 0
    ? sql`false`
    : sql`(trials.state = 'kept' and ${now}::timestamptz <= trials.ended_at + ${MAX_WATCH_FACTOR}::float8 * greatest(
        ${watchMs}::float8 * interval '1 millisecond', case when trials.observe_ms is not null then trials.ended_at - trials.observing_at end))`

/** Trials whose change is kept and may still be watched, oldest first. */
export function listKeptTrials(db: Database, watchMs: number, now: Date): Promise<Trial[]> {
  return db.selectFrom('trials').where(mayBeWatched(watchMs, now)).orderBy('endedAt').selectAll().execute()
}

/** The number of trials of an agent. */
export async function countAgentTrials(db: Database, agentId: string): Promise<number> {
  const { trials } = await db
    .selectFrom('trials')
    .where('agentId', '=', agentId)
    .select(({ fn }) => fn.countAll<number>().as('trials'))
    .executeTakeFirstOrThrow()
  return trials
}

/** The newest trials of an agent with their strategies and results, newest first; a trial that is still running has no result. */
export async function listTrialsWithStrategies(
  db: Database,
  agentId: string,
  limit: number,
): Promise<(Trial & { strategy: Strategy; result: OptimizationResult | null })[]> {
  return await withStrategies(db).where('trials.agentId', '=', agentId).orderBy('startedAt', 'desc').limit(limit).execute()
}

/** The trials of an agent that are running, or whose kept change may still be watched, with their strategies; oldest first. */
export async function listActiveTrials(
  db: Database,
  agentId: string,
  { watchMs, now }: { watchMs: number; now: Date },
): Promise<(Trial & { strategy: Strategy })[]> {
  return await withStrategies(db)
    .where('trials.agentId', '=', agentId)
    .where((eb) => eb.or([eb('endedAt', 'is', null), mayBeWatched(watchMs, now)]))
    .orderBy('startedAt')
    .execute()
}

const withStrategies = (db: Database) =>
  db
    .selectFrom('trials')
    .innerJoin('strategies', 'strategies.id', 'trials.id')
    .leftJoin('optimizationResults as result', 'result.strategyId', 'trials.id')
    .selectAll('trials')
    .select(['strategies.content as strategy', 'result.content as result'])

export type TrialSample = Omit<Selectable<OptimizationTables['trialSamples']>, 'trialId'>

/** Stores the observations behind a verdict; those already stored are left unchanged. */
export async function insertTrialSamples(db: Database, trialId: string, rows: TrialSample[]): Promise<void> {
  const columns: Columns<TrialSample> = {
    execution_id: uuid(({ executionId }) => executionId),
    arm: text(({ arm }) => arm),
    instance_id: text(({ instanceId }) => instanceId),
    timestamp: timestamptz(({ timestamp }) => timestamp.getTime()),
    value: float(({ value }) => value),
    success: boolean(({ success }) => success),
    metrics: jsonb(({ metrics }) => metrics),
  }
  await insertRows(db, { table: 'trial_samples', same: { trial_id: trialId }, columns }, rows)
}

/** The stored observations of a trial, oldest first. */
export function listTrialSamples(db: Database, trialId: string): Promise<TrialSample[]> {
  return db
    .selectFrom('trialSamples')
    .where('trialId', '=', trialId)
    .orderBy('timestamp')
    .select(['executionId', 'arm', 'instanceId', 'timestamp', 'value', 'success', 'metrics'])
    .execute()
}

/** The trials that a workflow (a cycle or a separate trial) ran, in the order they started. */
export function listWorkflowTrials(db: Database, workflowId: string): Promise<Trial[]> {
  return db.selectFrom('trials').where('workflowId', '=', workflowId).orderBy('startedAt').selectAll().execute()
}
