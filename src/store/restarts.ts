/** Restarts of instances for knobs that take effect only then: one at a time for each agent. */
import { sql } from 'kysely'
import type { Delivery } from '../messaging/protocol.ts'
import { fitValues } from '../model/declaration.ts'
import { getDefaultValues, type Knob } from '../model/knob.ts'
import { findRestartKnobs } from '../model/restart.ts'
import { lockAgent } from './configurations.ts'
import { type Database, inTransaction } from './database.ts'
import { getAssignedConfiguration } from './deliveries.ts'
import { isLive, type KnownInstance, listKnownInstances } from './instance-liveness.ts'
import { isOneOf } from './is-one-of.ts'

/** How long a request holds: an instance that started again without its version is asked once more only after this time, milliseconds. */
const holdsMs = 300_000
/** The same after a restart that failed at once. */
const refusalHoldsMs = 30_000

/**
 * `requested`: the instance may restart now, for the first time or as it was allowed before; `waiting`: another instance comes first, or it
 * restarted without effect; `none`: it needs no restart.
 */
export interface RestartDecision {
  state: 'requested' | 'waiting' | 'none'
  /** Whether this call requested it. */
  isNew: boolean
  /** The version that the restart puts in force. */
  version: number
}

/**
 * Requests the restart of an instance if the version assigned to it takes one, unless another instance of the agent has been asked and has
 * not confirmed its version since: then it must wait for its turn.
 * @param now milliseconds since the epoch
 */
export function requestRestart(db: Database, agentId: string, instanceId: string, now: number): Promise<RestartDecision> {
  return inTransaction(db, async (db) => {
    await lockAgent(db, agentId)
    const instances = await listKnownInstances(db, agentId, now)
    const own = instances.find((instance) => instance.instanceId === instanceId)
    if (!own) return { state: 'none', isNew: false, version: 0 }
    const version = own.assignedVersion
    const assigned = await getAssignedConfiguration(db, agentId, instanceId)
    const { knobs } = await getDeclaration(db, own.declarationId)
    if (own.effectiveVersion === version || !takesRestart(own, knobs, assigned)) {
      if (own.restartVersion !== null && own.restartVersion !== version) await setRestart(db, own, { restartVersion: null })
      return { state: 'none', isNew: false, version }
    }
    const heldMs = now - (own.restartRequestedAt?.getTime() ?? 0)
    if (own.refusedVersion === version && heldMs < refusalHoldsMs) return { state: 'waiting', isNew: false, version }
    if (own.restartVersion === version && heldMs < holdsMs)
      return { state: hasStartedSince(own) ? 'waiting' : 'requested', isNew: false, version }
    if (instances.some((other) => other.instanceId !== instanceId && isRestarting(other, now)))
      return { state: 'waiting', isNew: false, version }
    const request = { restartVersion: version, restartRequestedAt: new Date(now), refusedVersion: null, refusal: null }
    await setRestart(db, own, request)
    return { state: 'requested', isNew: true, version }
  })
}

type RestartState = Pick<
  KnownInstance,
  'transport' | 'effectiveVersion' | 'effectiveValues' | 'restartVersion' | 'restartRequestedAt' | 'announcedAt'
>

/**
 * Whether an instance runs with other values of knobs that take effect only on a restart. One that does not speak the agent protocol runs
 * with its defaults until it reports a version; while it has not reported the one that it was restarted for, it may run with that one.
 */
function takesRestart(
  { transport, effectiveValues, restartVersion }: RestartState,
  knobs: readonly Knob[],
  { values }: Delivery,
): boolean {
  if (transport !== 'otlp') return effectiveValues !== null && findRestartKnobs(knobs, effectiveValues, values).length > 0
  return restartVersion !== null || findRestartKnobs(knobs, effectiveValues ?? getDefaultValues(knobs), values).length > 0
}

const hasStartedSince = ({ transport, announcedAt, restartRequestedAt }: RestartState) =>
  transport !== 'otlp' && restartRequestedAt !== null && announcedAt > restartRequestedAt

/** A change that an instance did not survive is not applied to the next one for a while; once it is rolled back, the others need not wait. */
function isRestarting({ liveness, assignedVersion, restartVersion, restartRequestedAt }: KnownInstance, now: number): boolean {
  if (restartVersion === null || restartRequestedAt === null) return false
  return liveness !== 'gone' || (restartVersion === assignedVersion && now - restartRequestedAt.getTime() < holdsMs)
}

async function getDeclaration(db: Database, id: number): Promise<{ knobs: Knob[] }> {
  return await db.selectFrom('declarations').where('id', '=', id).select('knobs').executeTakeFirstOrThrow()
}

async function setRestart(
  db: Database,
  { agentId, instanceId }: Pick<KnownInstance, 'agentId' | 'instanceId'>,
  change: Partial<Pick<KnownInstance, 'restartVersion' | 'restartRequestedAt' | 'refusedVersion' | 'refusal'>>,
): Promise<void> {
  await db.updateTable('agentInstances').set(change).where('agentId', '=', agentId).where('instanceId', '=', instanceId).execute()
}

/**
 * The end of a restart, for updates of an instance's row that report a version in force: with the announcement that followed the request, or
 * once another version is assigned. Telemetry of an agent that announces nothing counts as its announcement.
 */
export const computeRestartVersionAfterReport = (version: number) =>
  sql<number | null>`case
    when assigned_version = ${version}
      and (restart_version <> assigned_version or transport = 'otlp' or announced_at > restart_requested_at) then null
    else restart_version
  end`

/** An instance that runs with a configuration only after a restart. */
export interface RestartingInstance extends RestartState {
  instanceId: string
  canRestart: boolean
  refusedVersion: number | null
  refusal: string | null
  /** The knobs that take effect only then. */
  knobs: string[]
}

/** Those of these instances that run with a configuration only after a restart, or have not announced themselves since they were asked. */
export async function listRestartingInstances(
  db: Database,
  agentId: string,
  instanceIds: readonly string[],
  { version, values }: Delivery,
): Promise<RestartingInstance[]> {
  if (instanceIds.length === 0) return []
  const rows = await db
    .selectFrom('agentInstances as instance')
    .innerJoin('declarations as declaration', 'declaration.id', 'instance.declarationId')
    .where('instance.agentId', '=', agentId)
    .where('instanceId', 'in', instanceIds)
    .where(hasRestartKnobs)
    .selectAll('instance')
    .select('declaration.knobs')
    .execute()
  return rows
    .filter(
      (row) => row.restartVersion === version || takesRestart(row, row.knobs, { version, values: fitValues(row.knobs, values) }),
    )
    .map((row) => {
      const all = row.knobs.filter(({ applies }) => applies === 'restart').map(({ name }) => name)
      const differing = row.effectiveValues && findRestartKnobs(row.knobs, row.effectiveValues, fitValues(row.knobs, values))
      return { ...row, knobs: differing?.length ? differing : all }
    })
}

const hasRestartKnobs = sql<boolean>`declaration.knobs @> '[{"applies": "restart"}]'`

/**
 * The agents with knobs that take effect only on a restart, and whether every live instance can be restarted.
 * @param commanded agents that a command restarts
 * @param now milliseconds since the epoch
 */
export async function loadRestartableAgents(
  db: Database,
  { commanded, agentIds, now }: { commanded: readonly string[]; agentIds?: readonly string[]; now: number },
): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('agentInstances as instance')
    .innerJoin('declarations as declaration', 'declaration.id', 'instance.declarationId')
    .where(hasRestartKnobs)
    .where(isLive(now))
    .$if(agentIds !== undefined, (query) => query.where(isOneOf('instance.agentId', agentIds!)))
    .groupBy('instance.agentId')
    .select(['instance.agentId', sql<boolean>`bool_and(can_restart)`.as('canRestart')])
    .execute()
  return new Set(
    rows.filter(({ agentId, canRestart }) => canRestart || commanded.includes(agentId)).map(({ agentId }) => agentId),
  )
}
