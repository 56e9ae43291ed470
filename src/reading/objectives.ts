import { z } from 'zod'
import { describeSilentMetrics, findSilentMetrics } from '../analysis/observing/silent-metrics.ts'
import { describeTolerances } from '../analysis/trials/describe-tolerances.ts'
import { describeNarrowTolerance } from '../analysis/trials/needed-executions.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import {
  describeUndeclaredObjectiveMetrics,
  findObjective,
  isSameScope,
  mergeObjectives,
  type Objective,
  objectiveSchema,
} from '../model/objective.ts'
import { type RecordedObjectiveChange, recordedObjectiveChangeSchema } from '../model/records.ts'
import { listAgents, requireAgent } from '../store/agents.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { countObjectiveChanges, listLatestObjectiveChanges, listObjectiveChanges } from '../store/objectives.ts'
import { findLatestAgentProfiles } from '../store/snapshots.ts'
import type { StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'

export const objectiveViewSchema = z.object({
  objective: objectiveSchema,
  agents: z.array(z.string()).describe('The agents that are currently optimized for this objective'),
  source: z.enum(['configuration', 'command']),
  since: z
    .date()
    .nullable()
    .describe(
      'When the objective was set; null if it comes from the configuration, in which case the next two fields are null, too',
    ),
  by: z.string().nullable(),
  why: z.string().nullable(),
  notes: z
    .array(z.string())
    .describe(
      'What may be wrong with the objective, in words: metrics that are not declared or not reported yet, and a tolerance that is hard to prove; in the response to a change, also the losses that it tolerates',
    ),
})
export type ObjectiveView = z.infer<typeof objectiveViewSchema>

export const objectiveChangeSchema = recordedObjectiveChangeSchema.extend({ id: z.int() })

/** The objectives in force, those of single agents first. @param agentId only the one of this agent @throws OptimizerError `unknown-agent` */
export async function readObjectives({ db, config }: StoredContext, agentId?: string): Promise<ObjectiveView[]> {
  if (agentId !== undefined) await requireAgent(db, agentId)
  const views = viewObjectives(await loadViewFacts({ db, config })).filter(
    (view) => agentId === undefined || view.agents.includes(agentId),
  )
  return await Promise.all(
    views.map(async (view) => ({ ...view, notes: [...view.notes, ...(await noteNarrowTolerance({ db, config }, view))] })),
  )
}

/** The objective that a change set, in force whatever others have set for the same agents since. */
export async function readRecordedObjective({ db, config }: StoredContext, set: RecordedObjectiveChange): Promise<ObjectiveView> {
  const facts = await loadViewFacts({ db, config })
  const others = facts.changes.filter(({ agent, kind }) => agent !== set.agent || kind !== set.kind)
  const view = viewObjectives({ ...facts, changes: [...others, set] }).find(({ objective }) => objective === set.objective)!
  const seen = (await findLatestAgentProfiles(db, view.agents.slice(0, maxExamined)))?.agents ?? []
  const silent = findSilentMetrics({ agents: seen }, [view.objective], facts.catalogue)
  const unreported = describeSilentMetrics(silent.filter(({ metric }) => facts.catalogue.has(metric)))
  const tolerances = describeTolerances(view.objective, facts.catalogue)
  const narrow = describeNarrowTolerance(view.objective, seen, config.trials.maxSamples)
  return { ...view, notes: [...view.notes, ...unreported, ...(narrow ? [narrow] : []), ...(tolerances ? [tolerances] : [])] }
}

async function noteNarrowTolerance({ db, config }: StoredContext, { objective, agents }: ObjectiveView): Promise<string[]> {
  if (objective.tolerate.successRate === undefined) return []
  const seen = (await findLatestAgentProfiles(db, agents.slice(0, maxExamined)))?.agents ?? []
  const narrow = describeNarrowTolerance(objective, seen, config.trials.maxSamples)
  return narrow ? [narrow] : []
}

/** Agents of an objective whose reports are looked up in the latest cycle. */
const maxExamined = 100

interface ViewFacts {
  configured: readonly Objective[]
  changes: readonly RecordedObjectiveChange[]
  agents: readonly { agentId: string; kind: string }[]
  catalogue: MetricCatalogue
}

async function loadViewFacts({ db, config }: StoredContext): Promise<ViewFacts> {
  const [changes, agents, catalogue] = await Promise.all([
    listLatestObjectiveChanges(db),
    listAgents(db),
    loadCatalogue(db, config.metrics),
  ])
  return { configured: config.objectives, changes, agents, catalogue }
}

function viewObjectives({ configured, changes, agents, catalogue }: ViewFacts): ObjectiveView[] {
  const inForce = mergeObjectives(configured, changes)
  const rank = ({ agent, kind }: { agent?: string; kind?: string }) => (agent ? 0 : kind ? 1 : 2)
  return inForce
    .toSorted((a, b) => rank(a) - rank(b))
    .map((objective): ObjectiveView => {
      const change = changes.find(
        (latest) =>
          latest.objective !== null &&
          isSameScope(objective, { agent: latest.agent ?? undefined, kind: latest.kind ?? undefined }),
      )
      return {
        objective,
        agents: agents.filter((agent) => findObjective(inForce, agent) === objective).map((agent) => agent.agentId),
        source: change ? 'command' : 'configuration',
        since: change?.changedAt ?? null,
        by: change?.changedBy ?? null,
        why: change?.reason ?? null,
        notes: describeUndeclaredObjectiveMetrics(objective, catalogue),
      }
    })
}

/** The latest changes of objectives by command, newest first. */
export async function readObjectiveHistory(
  { db }: StoredContext,
  limit = 100,
): Promise<Page<RecordedObjectiveChange & { id: number }>> {
  return await readPage(listObjectiveChanges(db, limit), countObjectiveChanges(db))
}
