import { z } from 'zod'
import { bottleneckSchema } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { withImpactUnit } from '../model/impact-unit.ts'
import { recordedCycleSchema } from '../model/records.ts'
import { strategySchema } from '../model/strategy.ts'
import { selectAgentIds } from '../store/agents.ts'
import { listBottlenecks } from '../store/bottlenecks.ts'
import { type Cycle, countCycles, findCycle, listLatestCycles } from '../store/cycles.ts'
import { listCycleStrategies } from '../store/strategies.ts'
import { listWorkflowTrials } from '../store/trials.ts'
import type { StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'
import { trialSchema } from './trials.ts'

export const cycleSchema = recordedCycleSchema.extend({
  id: z.string().describe('Also the id of its workflow'),
  runId: z.string(),
})

export const cycleViewSchema = cycleSchema.extend({
  bottlenecks: z.array(
    bottleneckSchema.extend({
      agentId: z
        .string()
        .nullable()
        .describe('The agent that it was found on; null if it was not found on an agent but, for example, on a host'),
    }),
  ),
  strategies: z.array(strategySchema).describe('Best first'),
  trials: z.array(trialSchema).describe('In the order they started'),
})
export type CycleView = z.infer<typeof cycleViewSchema>

/** The latest cycles, newest first. */
export async function readCycles({ db }: StoredContext, limit = 20): Promise<Page<Cycle>> {
  return await readPage(listLatestCycles(db, limit), countCycles(db))
}

/** One cycle with its bottlenecks, strategies and trials so far. @throws OptimizerError `unknown-cycle` */
export async function readCycle({ db }: StoredContext, id: string): Promise<CycleView> {
  const [cycle, bottlenecks, strategies, trials] = await Promise.all([
    findCycle(db, id),
    listBottlenecks(db, id),
    listCycleStrategies(db, id),
    listWorkflowTrials(db, id),
  ])
  if (!cycle) throw new OptimizerError('unknown-cycle', `There is no cycle ${id}; /api/cycles lists the latest.`)
  const agents = await selectAgentIds(db, [...new Set(bottlenecks.map(({ affectedComponent }) => affectedComponent))])
  const findAgent = (component: string) => (agents.has(component) ? component : null)
  return {
    ...cycle,
    bottlenecks: bottlenecks.map((found) => ({ ...withImpactUnit(found), agentId: findAgent(found.affectedComponent) })),
    strategies,
    trials,
  }
}
