import { z } from 'zod'
import { findObjective, isSameScope, mergeObjectives, objectiveSchema } from '../model/objective.ts'
import { type RecordedObjectiveChange, recordedObjectiveChangeSchema } from '../model/records.ts'
import { listAgents, requireAgent } from '../store/agents.ts'
import { countObjectiveChanges, listLatestObjectiveChanges, listObjectiveChanges } from '../store/objectives.ts'
import type { ReadingContext } from './context.ts'
import { type Page, readPage } from './listed.ts'

export const objectiveViewSchema = z.object({
  objective: objectiveSchema,
  agents: z.array(z.string()).describe('The agents that are optimized for it now'),
  source: z.enum(['configuration', 'command']),
  since: z.date().nullable().describe('Null if it comes from the configuration; so are the next two'),
  by: z.string().nullable(),
  why: z.string().nullable(),
})
export type ObjectiveView = z.infer<typeof objectiveViewSchema>

export const objectiveChangeSchema = recordedObjectiveChangeSchema.extend({ id: z.int() })

/** The objectives in force, those of single agents first. @param agentId only the one of this agent @throws OptimizerError `unknown-agent` */
export async function readObjectives({ db, config }: ReadingContext, agentId?: string): Promise<ObjectiveView[]> {
  if (agentId !== undefined) await requireAgent(db, agentId)
  const [changes, agents] = await Promise.all([listLatestObjectiveChanges(db), listAgents(db)])
  const inForce = mergeObjectives(config.objectives, changes)
  const rank = ({ agent, kind }: { agent?: string; kind?: string }) => (agent ? 0 : kind ? 1 : 2)
  const views = inForce
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
      }
    })
  return agentId === undefined ? views : views.filter((view) => view.agents.includes(agentId))
}

/** The latest changes of objectives by command, newest first. */
export async function readObjectiveHistory(
  { db }: ReadingContext,
  limit = 100,
): Promise<Page<RecordedObjectiveChange & { id: number }>> {
  return await readPage(listObjectiveChanges(db, limit), countObjectiveChanges(db))
}
