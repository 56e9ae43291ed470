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
  live: z.boolean().describe('Whether it was heard of lately'),
  transport: z.enum(['nats', 'http']),
  url: z.string().nullable(),
  processId: z.int().nullable(),
  runtime: z.string().nullable(),
  announcedAt: z.date(),
  heartbeatAt: z.date(),
  clockSkewMs: z.number().describe('How far its clock is ahead of ours, milliseconds'),
  assignedVersion: z.int().describe('The configuration it should run with'),
  effectiveVersion: z.int().nullable().describe('The configuration it runs with'),
  effectiveValues: knobValuesSchema.nullable(),
  effectiveAt: z.date().nullable(),
  refusedVersion: z.int().nullable(),
  refusal: z.string().nullable().describe('Why it refused that version'),
})
export type InstanceView = z.infer<typeof instanceViewSchema>

export const agentViewSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  configuration: z.object({ version: z.int(), values: knobValuesSchema }).describe('The proven one, without what is only tried'),
  knobs: z.array(knobSchema),
  instances: z.array(instanceViewSchema).describe('Every instance that ever announced itself'),
  profile: agentProfileSchema.nullable().describe('As the latest cycle saw it; null before any'),
})
export type AgentView = z.infer<typeof agentViewSchema>

export const agentSummarySchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  instances: z.int().describe('Those that ever announced themselves'),
  live: z.int().describe('Those of them that were heard of lately'),
  version: z.int().describe('The proven configuration'),
  values: knobValuesSchema,
})
export type AgentSummary = z.infer<typeof agentSummarySchema>

/** Every agent with all that is known about it, by id. Four queries, however many agents there are. */
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

/** Every agent with how many of its instances live, and its proven configuration, by id. */
export async function readAgentSummaries({ db }: ReadingContext): Promise<AgentSummary[]> {
  const [agents, instances] = await Promise.all([listConfiguredAgents(db), loadInstancesByAgent(db)])
  const now = Date.now()
  return agents.map(({ agentId, kind, version, values }) => {
    const known = instances.get(agentId) ?? []
    const live = known.filter((instance) => isLive(instance, now)).length
    return { agentId, kind, instances: known.length, live, version, values }
  })
}

/** The knobs of an agent, in the order it declared them. @throws OptimizerError `unknown-agent` */
export async function readKnobs({ db }: ReadingContext, agentId: string): Promise<Knob[]> {
  await requireAgent(db, agentId)
  return await listKnobs(db, agentId)
}

/** Whether an instance was heard of lately. `now` is milliseconds since the epoch. */
export function isLive({ heartbeatAt }: Pick<AgentInstance, 'heartbeatAt'>, now: number): boolean {
  return now - heartbeatAt.getTime() < livenessTimeoutMs
}

function toInstanceView({ agentId: _, ...instance }: AgentInstance, now: number): InstanceView {
  return { ...instance, live: isLive(instance, now) }
}
