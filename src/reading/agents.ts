import { z } from 'zod'
import { knobDriftSchema } from '../model/drift.ts'
import { type Knob, knobSchema, knobValuesSchema } from '../model/knob.ts'
import { getLastContact } from '../model/liveness.ts'
import { agentProfileSchema } from '../model/profile.ts'
import { type AgentRange, countAgents, listAgentsWithConfiguration, requireAgent } from '../store/agents.ts'
import { listKnobs, loadKnobsByAgent } from '../store/declarations.ts'
import { type KnownInstance, loadKnownInstances } from '../store/instance-liveness.ts'
import { findLatestAgentProfiles } from '../store/snapshots.ts'
import type { StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'

export const instanceViewSchema = z.object({
  instanceId: z.string(),
  live: z.boolean().describe('Whether the instance sent a heartbeat recently'),
  liveness: z
    .enum(['live', 'silent', 'gone'])
    .describe('`gone` if the instance left, or has been silent for so long that nothing waits for it any more'),
  transport: z
    .enum(['nats', 'http', 'otlp'])
    .describe('How the instance is reached; `otlp` if only its OpenTelemetry data is known'),
  url: z.string().nullable(),
  processId: z.int().nullable(),
  runtime: z.string().nullable(),
  announcedAt: z.date(),
  startedAt: z.date().describe('When the process of the instance started; if this is not reported, the registration time'),
  isRestart: z.boolean().describe('Whether that process replaced an earlier one'),
  heardSince: z.date().describe('Start of the current unbroken run of heartbeats'),
  heartbeatAt: z.date(),
  leftAt: z.date().nullable().describe('When the instance announced its shutdown; null if it has been heard from since'),
  clockSkewMs: z.number().describe('How far the clock of the instance is ahead of the optimizer’s, milliseconds'),
  assignedVersion: z.int().describe('The version of the configuration that the instance should run with'),
  effectiveVersion: z.int().nullable().describe('The version of the configuration that the instance runs with'),
  effectiveValues: knobValuesSchema.nullable(),
  effectiveAt: z.date().nullable(),
  inForceSince: z
    .date()
    .nullable()
    .describe('When executions first ran with that version; null if the instance does not report its version'),
  canRestart: z.boolean().describe('Whether the instance restarts on request'),
  restartVersion: z.int().nullable().describe('The version for which the instance was asked to restart'),
  restartRequestedAt: z.date().nullable(),
  refusedVersion: z.int().nullable(),
  refusal: z.string().nullable().describe('Why the instance refused that version'),
  metrics: z.array(z.string()).describe('The metrics that the instance declared'),
  declaredAt: z.date().describe('When the instance first declared its current knobs'),
  drift: z
    .array(knobDriftSchema)
    .nullable()
    .describe('Values that differ from those of the version that the instance claims to run; null if there are none'),
})
export type InstanceView = z.infer<typeof instanceViewSchema>

export const agentViewSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  configuration: z
    .object({ version: z.int(), values: knobValuesSchema })
    .describe('The proven configuration, without values that are only being tried'),
  knobs: z.array(knobSchema),
  instances: z.array(instanceViewSchema).describe('Every instance that ever registered, live or not'),
  profile: agentProfileSchema.nullable().describe('The profile made by the latest cycle; null before the first cycle'),
})
export type AgentView = z.infer<typeof agentViewSchema>

export const agentSummarySchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  instances: z.int().describe('Number of instances that are not gone'),
  live: z.int().describe('Number of instances that sent a heartbeat recently'),
  silentSince: z.date().nullable().describe('When the agent was last heard from; null while an instance is live'),
  version: z.int().describe('The version of the proven configuration'),
  values: knobValuesSchema,
})
export type AgentSummary = z.infer<typeof agentSummarySchema>

/** Every agent in full (or a range of them), sorted by id. Five queries, no matter how many agents there are. */
export async function readAgents({ db }: StoredContext, range?: AgentRange): Promise<AgentView[]> {
  const agents = await listAgentsWithConfiguration(db, range)
  const agentIds = agents.map(({ agentId }) => agentId)
  const [instances, knobs, snapshot] = await Promise.all([
    loadKnownInstances(db, { agentIds }),
    loadKnobsByAgent(db, agentIds),
    findLatestAgentProfiles(db, agentIds),
  ])
  const profiles = new Map(snapshot?.agents.map((profile) => [profile.agentId, profile]))
  return agents.map(({ agentId, kind, ...configuration }) => ({
    agentId,
    kind,
    configuration,
    knobs: knobs[agentId] ?? [],
    instances: (instances.get(agentId) ?? []).map(toInstanceView),
    profile: profiles.get(agentId) ?? null,
  }))
}

/** A range of agents in full, sorted by id, and how many there are in all. */
export async function readAgentPage(context: StoredContext, range: AgentRange): Promise<Page<AgentView>> {
  return await readPage(readAgents(context, range), countAgents(context.db))
}

/** Agents in short: their instances and proven configurations; the first ones by id, and how many there are in all. */
export async function readAgentSummaries(context: StoredContext, limit: number): Promise<Page<AgentSummary>> {
  return await readPage(
    listAgentsWithConfiguration(context.db, { limit }).then((agents) => summarize(context, agents)),
    countAgents(context.db),
  )
}

/** One agent in short. @throws OptimizerError `unknown-agent` */
export async function readAgentSummary(context: StoredContext, agentId: string): Promise<AgentSummary> {
  await requireAgent(context.db, agentId)
  return (await summarize(context, await listAgentsWithConfiguration(context.db, { agentIds: [agentId] })))[0]!
}

async function summarize(
  { db, config }: StoredContext,
  agents: Awaited<ReturnType<typeof listAgentsWithConfiguration>>,
): Promise<AgentSummary[]> {
  const instances = await loadKnownInstances(db, { agentIds: agents.map(({ agentId }) => agentId) })
  const otlpLiveMs = config.telemetry.liveSeconds * 1_000
  return agents.map(({ agentId, kind, version, values }) => {
    const known = instances.get(agentId) ?? []
    const live = known.filter(({ liveness }) => liveness === 'live').length
    const present = known.filter(({ liveness }) => liveness !== 'gone').length
    const silentSince = live > 0 ? null : findSilentSince(known, otlpLiveMs)
    return { agentId, kind, instances: present, live, silentSince, version, values }
  })
}

/** The knobs that an agent declared, in its order. @throws OptimizerError `unknown-agent` */
export async function readKnobs({ db }: StoredContext, agentId: string): Promise<Knob[]> {
  await requireAgent(db, agentId)
  return await listKnobs(db, agentId)
}

/**
 * Since when none of these instances has been heard; null if there are none.
 * @param otlpLiveMs how long one that only sends OpenTelemetry data counts as live after its latest data
 */
function findSilentSince(instances: readonly KnownInstance[], otlpLiveMs: number): Date | null {
  if (instances.length === 0) return null
  return new Date(Math.max(...instances.map((each) => getLastContact(each, each.transport === 'otlp' ? otlpLiveMs : 0))))
}

export function toInstanceView({
  agentId: _,
  declarationId: _declared,
  processStartedAt: _started,
  driftSince: _since,
  toldToConvergeAt: _told,
  ...instance
}: KnownInstance): InstanceView {
  return { ...instance, live: instance.liveness === 'live' }
}
