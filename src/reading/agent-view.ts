import { z } from 'zod'
import { buildLearningReport } from '../analysis/reporting/insights/index.ts'
import { type Bottleneck, bottleneckSchema, severityRank } from '../model/bottleneck.ts'
import { knobSchema, knobValuesSchema } from '../model/knob.ts'
import { getMetric } from '../model/metric.ts'
import { findObjective, objectiveSchema } from '../model/objective.ts'
import { describeScope, explainObjective } from '../model/objective-text.ts'
import { findAgent, getCurrentConfiguration, listKnobs, requireAgent } from '../store/agents.ts'
import { listFoundBottlenecks } from '../store/bottlenecks.ts'
import type { Database } from '../store/database.ts'
import { countExperience, loadExperience, maxRememberedTrials } from '../store/experience.ts'
import { findLatestFleetCycle } from '../store/fleet.ts'
import { listKnownInstances } from '../store/instance-liveness.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import { instanceViewSchema, toInstanceView } from './agents.ts'
import type { ReadContext } from './context.ts'
import { shownMetricSchema } from './fleet.ts'
import { agentInsightSchema, listInsightMetrics } from './learning.ts'

export const agentDetailsSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  configuration: z.object({ version: z.int(), values: knobValuesSchema }).describe('The proven configuration'),
  knobs: z.array(knobSchema),
  instances: z.array(instanceViewSchema).describe('Every instance that ever registered, live or not'),
  objective: objectiveSchema.nullable().describe('What the agent is optimized for; null if it has no objective'),
  objectiveText: z.string().nullable().describe('The objective in words, with its scope'),
  bottlenecks: z
    .array(bottleneckSchema)
    .describe('Bottlenecks that the latest cycle of the fleet found on the agent, worst first'),
  insight: agentInsightSchema
    .nullable()
    .describe('Which knobs matter and what is worth trying; null if the data of the agent is unusable'),
  metrics: z.array(shownMetricSchema).describe('The metrics that `insight` names'),
})
export type AgentDetails = z.infer<typeof agentDetailsSchema>

/** One agent in full, without its metrics. @throws OptimizerError `unknown-agent` */
export async function readAgent({ db, config }: ReadContext, agentId: string): Promise<AgentDetails> {
  await requireAgent(db, agentId)
  const { kind } = (await findAgent(db, agentId))!
  const [configuration, knobs, instances, objectives, catalogue, experience, recent, bottlenecks] = await Promise.all([
    getCurrentConfiguration(db, agentId),
    listKnobs(db, agentId),
    listKnownInstances(db, agentId),
    loadObjectives(db, config.objectives),
    loadCatalogue(db, config.metrics),
    loadExperience(db, { kind }),
    countExperience(db),
    listLatestBottlenecks(db, agentId),
  ])
  const objective = findObjective(objectives, { agentId, kind }) ?? null
  const { agents } = buildLearningReport({
    results: [],
    experience,
    listed: { trials: { shown: Math.min(recent, maxRememberedTrials), total: recent } },
    agents: [{ agentId, kind, knobs, current: configuration.values }],
    catalogue,
  })
  return {
    agentId,
    kind,
    configuration,
    knobs,
    instances: instances.map(toInstanceView),
    objective,
    objectiveText:
      objective && `${explainObjective(objective, (name) => getMetric(catalogue, name))} (set for ${describeScope(objective)})`,
    bottlenecks,
    insight: agents[0] ?? null,
    metrics: listInsightMetrics(agents, catalogue),
  }
}

async function listLatestBottlenecks(db: Database, component: string): Promise<Bottleneck[]> {
  const cycle = await findLatestFleetCycle(db)
  if (!cycle) return []
  const found = await listFoundBottlenecks(db, { component, cycleId: cycle.id, limit: 50 })
  return found
    .map(({ id: _, cycleId: __, detectedAt: ___, ...bottleneck }) => bottleneck)
    .sort((a, b) => severityRank[b.severity] - severityRank[a.severity] || b.impact - a.impact)
}
