import { z } from 'zod'
import { type Knob, knobSchema, knobValuesSchema } from '../model/knob.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import { agentProfileSchema } from '../model/profile.ts'
import { type AgentInstance, listConfiguredAgents, loadInstancesByAgent, requireAgent } from '../store/agents.ts'
import { listKnobs, loadKnobsByAgent } from '../store/knobs.ts'
import { findLatestSnapshot } from '../store/snapshots.ts'
import type { ReadingContext } from './context.ts'

export const instanceViewSchema = z.object({
  instanceId: z.string(),
  live: z.boolean().describe('Whether it sent a heartbeat recently'),
  transport: z.enum(['nats', 'http']),
  url: z.string().nullable(),
  processId: z.int().nullable(),
  runtime: z.string().nullable(),
  announcedAt: z.date(),
  heartbeatAt: z.date(),
  clockSkewMs: z.number().describe('How far its clock is ahead of the optimizer’s, milliseconds'),
  assignedVersion: z.int().describe('The configuration it should run with'),
  effectiveVersion: z.int().nullable().describe('The configuration it runs with'),
  effectiveValues: knobValuesSchema.nullable(),
  effectiveAt: z.date().nullable(),
  refusedVersion: z.int().nullable(),
  refusal: z.string().nullable().describe('Why it refused that version'),
  metrics: z.array(z.string()).describe('Metrics of its own that it declared'),
})
export type InstanceView = z.infer<typeof instanceViewSchema>

export const agentViewSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  configuration: z
    .object({ version: z.int(), values: knobValuesSchema })
    .describe('The proven configuration, without values that are only on trial'),
  knobs: z.array(knobSchema),
  instances: z.array(instanceViewSchema).describe('Every instance that ever announced itself, live or not'),
  profile: agentProfileSchema.nullable().describe('The profile made by the latest cycle; null before the first cycle'),
})
export type AgentView = z.infer<typeof agentViewSchema>

export const agentSummarySchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  instances: z.int().describe('Number of instances that ever announced themselves'),
  live: z.int().describe('Number of instances that sent a heartbeat recently'),
  version: z.int().describe('The version of the proven configuration'),
  values: knobValuesSchema,
})
export type AgentSummary = z.infer<typeof agentSummarySchema>

/** Every agent in full, sorted by id. Four queries, no matter how many agents there are. */
export async function readAgents({ db }: ReadingContext): Promise<AgentView[]> {
  const [agents, instances, knobs, snapshot] = await Promise.all([
    listConfiguredAgents(db),
    loadInstancesByAgent(db),
    loadKnobsByAgent(db),
    findLatestSnapshot(db),
  ])
  const profiles = new Map(snapshot?.agents.map((profile) => [profile.agentId, profile]))
  const now = Date.now()
  return agents.map(({ agentId, kind, ...configuration }) => ({
    agentId,
    kind,
    configuration,
    knobs: knobs[agentId] ?? [],
    instances: (instances.get(agentId) ?? []).map((instance) => toInstanceView(instance, now)),
    profile: profiles.get(agentId) ?? null,
  }))
}

/** Every agent in short: its instances and its proven configuration, sorted by id. */
export async function readAgentSummaries({ db }: ReadingContext): Promise<AgentSummary[]> {
  const [agents, instances] = await Promise.all([listConfiguredAgents(db), loadInstancesByAgent(db)])
  const now = Date.now()
  return agents.map(({ agentId, kind, version, values }) => {
    const known = instances.get(agentId) ?? []
    const live = known.filter((instance) => isLive(instance, now)).length
    return { agentId, kind, instances: known.length, live, version, values }
  })
}

/** The knobs that an agent declared, in its order. @throws OptimizerError `unknown-agent` */
export async function readKnobs({ db }: ReadingContext, agentId: string): Promise<Knob[]> {
  await requireAgent(db, agentId)
  return await listKnobs(db, agentId)
}

/** Whether an instance sent a heartbeat recently. @param now milliseconds since the epoch */
export function isLive({ heartbeatAt }: Pick<AgentInstance, 'heartbeatAt'>, now: number): boolean {
  return now - heartbeatAt.getTime() < livenessTimeoutMs
}

function toInstanceView({ agentId: _, ...instance }: AgentInstance, now: number): InstanceView {
  return { ...instance, live: isLive(instance, now) }
}
