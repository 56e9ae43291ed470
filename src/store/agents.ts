import { sql, type UpdateObject } from 'kysely'
import type {
  Acknowledgement,
  ConfigurationInForce,
  Delivery,
  Departure,
  Heartbeat,
  HeartbeatResponse,
} from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'
import { resolveSilentDriftAlerts } from './alerts.ts'
import type { Database } from './database.ts'
import { assessDrift } from './drift.ts'
import { recordExecutionsInFlight } from './executions-in-flight.ts'
import { computeHeardSince } from './instance-liveness.ts'
import { computeRestartVersionAfterReport, requestRestart } from './restarts.ts'
import type { Schema } from './schema.ts'
import { throwUnknownAgent } from './throw-unknown-agent.ts'

export { listKnobs, loadKnobsByAgent } from './declarations.ts'
export { getAssignedConfiguration } from './deliveries.ts'
export { registerInstance } from './registration.ts'

/** Agents that a message names. */
const maxNamed = 50

/**
 * Records that an instance is alive, and the configuration in force in it.
 * @param now milliseconds since the epoch, by the optimizer's clock
 */
export async function recordHeartbeat(db: Database, heartbeat: Heartbeat, now: number): Promise<HeartbeatResponse> {
  const { version, values, sentAt } = heartbeat
  const alive = {
    heardSince: computeHeardSince(now),
    heartbeatAt: new Date(now),
    leftAt: null,
    clockSkewMs: Math.round(sentAt - now),
  }
  const recorded = await recordInForce(db, heartbeat, { inForce: { version, values }, now, change: alive })
  if (!recorded) return { known: false, assignedVersion: null, drifted: false, restart: false }
  await recordExecutionsInFlight(db, heartbeat, heartbeat.inFlight ?? [], now)
  const { canRestart, ...answer } = recorded
  const mayRestart = canRestart && answer.assignedVersion !== version
  const turn = mayRestart ? await requestRestart(db, heartbeat.agentId, heartbeat.instanceId, now) : undefined
  return { known: true, ...answer, restart: turn?.state === 'requested' }
}

/** Records the outcome of a delivery; ignored for an instance that was never announced. */
export async function recordAcknowledgement(db: Database, acknowledgement: Acknowledgement, now = Date.now()): Promise<void> {
  const { version, status, reason, inForce } = acknowledgement
  const outcome =
    status === 'refused'
      ? { refusedVersion: version, refusal: reason ?? 'no reason given', restartVersion: null }
      : { refusedVersion: null, refusal: null }
  await recordInForce(db, acknowledgement, { inForce, now, change: outcome })
}

/** Records that an instance cannot run with the version assigned to it, where the instance itself does not say so. */
export async function recordRefusal(
  db: Database,
  { agentId, instanceId, version, reason }: { agentId: string; instanceId: string; version: number; reason: string },
): Promise<void> {
  await db
    .updateTable('agentInstances')
    .set({ refusedVersion: version, refusal: reason, restartVersion: null })
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .where('assignedVersion', '=', version)
    .execute()
}

/** Records the configuration that an instance reports; undefined if it was never announced. */
async function recordInForce(
  db: Database,
  { agentId, instanceId }: { agentId: string; instanceId: string },
  { inForce, now, change }: { inForce: ConfigurationInForce; now: number; change: UpdateObject<Schema, 'agentInstances'> },
): Promise<(Pick<HeartbeatResponse, 'drifted'> & { assignedVersion: number; canRestart: boolean }) | undefined> {
  const before = await db
    .selectFrom('agentInstances')
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .select(['assignedVersion', 'effectiveVersion', 'effectiveValues', 'effectiveAt', 'drift', 'driftSince', 'toldToConvergeAt'])
    .executeTakeFirst()
  if (!before) return undefined
  const { record, drifted } = await assessDrift(db, { agentId, instanceId }, inForce, { before, now })
  const row = await db
    .updateTable('agentInstances')
    .set({
      restartVersion: computeRestartVersionAfterReport(inForce.version),
      ...change,
      effectiveVersion: inForce.version,
      effectiveValues: JSON.stringify(inForce.values),
      effectiveAt: new Date(now),
      ...record,
      drift: record.drift && JSON.stringify(record.drift),
    })
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .returning(['assignedVersion', 'canRestart'])
    .executeTakeFirst()
  return row && { ...row, drifted }
}

/**
 * Records that an instance stops, which ends an alert about its drift; a later heartbeat revokes it. One that was asked to restart is
 * expected back.
 */
export async function recordDeparture(db: Database, { agentId, instanceId }: Departure, now = Date.now()): Promise<void> {
  await db
    .updateTable('agentInstances')
    .set({ leftAt: new Date(now) })
    .where('agentId', '=', agentId)
    .where('instanceId', '=', instanceId)
    .where('restartVersion', 'is', null)
    .execute()
  await resolveSilentDriftAlerts(db, now)
}

/** Every agent (or a range of them, or those named) that announced itself and was not forgotten, by id. */
export function listAgents(db: Database, { after, limit, agentIds }: AgentRange & { agentIds?: readonly string[] } = {}) {
  return db
    .selectFrom('agents')
    .where('forgottenAt', 'is', null)
    .$if(agentIds !== undefined, (query) => query.where('agentId', '=', sql<string>`any(${agentIds}::text[])`))
    .$if(after !== undefined, (query) => query.where('agentId', '>', after!))
    .$if(limit !== undefined, (query) => query.limit(limit!))
    .selectAll()
    .orderBy('agentId')
    .execute()
}

/** One agent, forgotten or not; undefined if no agent with this id ever announced itself. */
export function findAgent(db: Database, agentId: string) {
  return db.selectFrom('agents').where('agentId', '=', agentId).selectAll().executeTakeFirst()
}

/** A part of the list of agents by id: those after an id, and how many at most. */
export interface AgentRange {
  after?: string
  limit?: number
}

/** How many agents were not forgotten. */
export async function countAgents(db: Database): Promise<number> {
  const row = await db
    .selectFrom('agents')
    .where('forgottenAt', 'is', null)
    .select(({ fn }) => fn.countAll<number>().as('agents'))
    .executeTakeFirstOrThrow()
  return row.agents
}

/** Every agent that was not forgotten (or a range of them, or those named) with its proven configuration, sorted by id. */
export function listAgentsWithConfiguration(
  db: Database,
  { after, limit, agentIds }: AgentRange & { agentIds?: readonly string[] } = {},
): Promise<({ agentId: string; kind: string } & Delivery)[]> {
  return withConfiguration(db)
    .where('forgottenAt', 'is', null)
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', '=', sql<string>`any(${agentIds}::text[])`))
    .$if(after !== undefined, (query) => query.where('agent.agentId', '>', after!))
    .$if(limit !== undefined, (query) => query.limit(limit!))
    .orderBy('agent.agentId')
    .select(['agent.agentId', 'kind', 'version', 'values'])
    .execute()
}

/** The proven configuration of every agent, and when it was forgotten, if it was. */
export function listProvenConfigurations(db: Database) {
  return withConfiguration(db).select(['agent.agentId', 'values', 'forgottenAt']).execute()
}

/** Which of these are ids of agents, forgotten ones too. */
export async function selectKnownAgentIds(db: Database, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db.selectFrom('agents').where('agentId', 'in', ids).select('agentId').execute()
  return new Set(rows.map(({ agentId }) => agentId))
}

/** @throws OptimizerError `unknown-agent` if no agent with this id announced itself, or it was forgotten */
export async function requireAgent(db: Database, agentId: string): Promise<void> {
  const agent = await findAgent(db, agentId)
  if (agent && !agent.forgottenAt) return
  const known = (await listAgents(db)).map((agent) => agent.agentId)
  const more = known.length > maxNamed ? ` and ${known.length - maxNamed} more` : ''
  const names = known.slice(0, maxNamed).join(', ') || 'none'
  throw new OptimizerError('unknown-agent', `There is no agent ${agentId}; the known agents are: ${names}${more}.`)
}

/** @throws OptimizerError `unknown-agent`, `unknown-instance` if it never announced itself */
export async function requireInstance(db: Database, agentId: string, instanceId: string): Promise<void> {
  const known = await db
    .selectFrom('agents')
    .leftJoin('agentInstances', (join) =>
      join.onRef('agentInstances.agentId', '=', 'agents.agentId').on('instanceId', '=', instanceId),
    )
    .where('agents.agentId', '=', agentId)
    .where('forgottenAt', 'is', null)
    .select('instanceId')
    .executeTakeFirst()
  if (!known) throwUnknownAgent(agentId)
  if (known.instanceId === null)
    throw new OptimizerError(
      'unknown-instance',
      `There is no instance ${instanceId} of ${agentId}; it must announce itself first.`,
    )
}

/** Every instance of an agent with desired and effective state, by id; stopped ones too (see `heartbeatAt`). */
export function listAgentInstances(db: Database, agentId: string) {
  return db.selectFrom('agentInstances').where('agentId', '=', agentId).selectAll().orderBy('instanceId').execute()
}
export type AgentInstance = Awaited<ReturnType<typeof listAgentInstances>>[number]

/**
 * The proven configuration, which every instance holds while no trial is running.
 * @throws OptimizerError `unknown-agent`
 */
export async function getCurrentConfiguration(db: Database, agentId: string): Promise<Delivery> {
  const current = await withConfiguration(db)
    .where('agent.agentId', '=', agentId)
    .select(['version', 'values'])
    .executeTakeFirst()
  return current ?? throwUnknownAgent(agentId)
}

const withConfiguration = (db: Database) =>
  db
    .selectFrom('agents as agent')
    .innerJoin('configurations as configuration', (join) =>
      join.onRef('configuration.agentId', '=', 'agent.agentId').onRef('configuration.version', '=', 'agent.configurationVersion'),
    )
