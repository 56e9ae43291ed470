import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { Strategy } from '../model/strategy.ts'
import type { Database } from './database.ts'
import type { ApprovalTables } from './schema/approvals.ts'
import type { Schema } from './schema.ts'

export type Approval = Selectable<ApprovalTables['approvals']>

/** An open approval request, with the strategy it is about. */
export interface PendingApproval extends Approval {
  strategy: Strategy
}

/** Records a request for approval that times out after `waitMs`; repeating it changes nothing. The strategy must already be stored. */
export async function requestApproval(
  db: Database,
  { trialId, agentId }: Pick<Approval, 'trialId' | 'agentId'>,
  waitMs: number,
): Promise<Approval> {
  await db
    .insertInto('approvals')
    .values({ trialId, agentId, until: new Date(Date.now() + waitMs) })
    .onConflict((conflict) => conflict.column('trialId').doNothing())
    .execute()
  return (await findApproval(db, trialId))!
}

/** Another request that is not settled about one of the knobs that a strategy turns; undefined if there is none. */
export async function findCompetingApproval(
  db: Database,
  { id, agentId, actions }: Pick<Strategy, 'id' | 'agentId' | 'actions'>,
): Promise<{ trialId: string; knob: string } | undefined> {
  const rows = await withStrategies(db)
    .where('approvals.agentId', '=', agentId)
    .where('approvals.trialId', '!=', id)
    .where(isUnsettled)
    .orderBy('askedAt')
    .execute()
  const competing = rows.flatMap(({ trialId, content }) => content.actions.map(({ knob }) => ({ trialId, knob })))
  return competing.find(({ knob }) => actions.some((action) => action.knob === knob))
}

/** Records the outcome of a request for approval; the first outcome counts. */
export async function closeApproval(
  db: Database,
  trialId: string,
  { state, by, reason }: { state: 'approved' | 'declined' | 'timed-out' | 'withdrawn'; by: string | null; reason: string },
): Promise<void> {
  await db
    .updateTable('approvals')
    .set({ state, decidedBy: by, reason, decidedAt: sql<Date>`now()` })
    .where('trialId', '=', trialId)
    .where('state', '=', 'open')
    .execute()
}

/** Records that an approved trial could not be carried out; who approved it and why remains on record. */
export async function recordApprovalLapse(db: Database, trialId: string, reason: string): Promise<void> {
  await db
    .updateTable('approvals')
    .set({ state: 'lapsed', reason: sql<string>`concat_ws('; ', nullif(reason, ''), ${`not done: ${reason}`}::text)` })
    .where('trialId', '=', trialId)
    .where('state', '=', 'approved')
    .execute()
}

export function findApproval(db: Database, trialId: string): Promise<Approval | undefined> {
  return db.selectFrom('approvals').where('trialId', '=', trialId).selectAll().executeTakeFirst()
}

/** Open approval requests, oldest first. */
export async function listOpenApprovals(db: Database): Promise<PendingApproval[]> {
  const rows = await withStrategies(db).where('state', '=', 'open').orderBy('askedAt').execute()
  return rows.map(({ content, ...row }) => ({ ...row, strategy: content }))
}

/** Approvals that are open, or approved with a trial that has not ended. */
export async function listUnsettledApprovals(db: Database): Promise<Approval[]> {
  return await db.selectFrom('approvals').where(isUnsettled).selectAll().execute()
}

/**
 * The knobs by agent that wait for approval, or were declined after `declinedSince`; `declinedAt` in milliseconds since the epoch, null
 * while the approval is pending.
 */
export async function loadKnobsAwaitingDecision(
  db: Database,
  declinedSince: Date,
): Promise<Record<string, { knob: string; declinedAt: number | null }[]>> {
  const rows = await withStrategies(db)
    .where((eb) => eb.or([isUnsettled(eb), eb.and([eb('state', '=', 'declined'), eb('decidedAt', '>', declinedSince)])]))
    .execute()
  const resting = rows.flatMap(({ content, state, decidedAt }) =>
    content.actions.map(({ agentId, knob }) => ({
      agentId,
      knob,
      declinedAt: state === 'declined' ? decidedAt!.getTime() : null,
    })),
  )
  const byAgent = Map.groupBy(resting, ({ agentId }) => agentId)
  return Object.fromEntries([...byAgent].map(([agentId, knobs]) => [agentId, knobs.map(({ agentId: _, ...knob }) => knob)]))
}

const isUnsettled = (eb: ExpressionBuilder<Schema, 'approvals'>) => {
  const ended = eb
    .selectFrom('trials')
    .whereRef('trials.id', '=', 'approvals.trialId')
    .where('endedAt', 'is not', null)
    .select('id')
  return eb.or([eb('state', '=', 'open'), eb.and([eb('state', '=', 'approved'), eb.not(eb.exists(ended))])])
}

const withStrategies = (db: Database) =>
  db
    .selectFrom('approvals')
    .innerJoin('strategies', 'strategies.id', 'approvals.trialId')
    .selectAll('approvals')
    .select('strategies.content')
