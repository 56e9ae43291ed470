import { z } from 'zod'
import { bottleneckSchema } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { withImpactUnit } from '../model/impact-unit.ts'
import { recordedCycleSchema } from '../model/records.ts'
import { strategySchema } from '../model/strategy.ts'
import { selectAgentIds } from '../store/agents.ts'
import { countBottlenecks, listWorstBottlenecks } from '../store/bottlenecks.ts'
import { type Cycle, type CycleFilter, countCycles, findCycle, listLatestCycles } from '../store/cycles.ts'
import { countCycleStrategies, listCycleStrategies } from '../store/strategies.ts'
import { listWorkflowTrials } from '../store/trials.ts'
import type { StoredContext } from './context.ts'
import { getListExtent, listExtentSchema, type Page, readPage, takeFirst } from './list-extent.ts'
import { trialSchema } from './trials.ts'

export const cycleSchema = recordedCycleSchema.extend({
  id: z.string().describe('Also the id of its workflow'),
  runId: z.string(),
  listed: z.object({ skipped: listExtentSchema }),
})

export const cycleViewSchema = cycleSchema.extend({
  bottlenecks: z
    .array(
      bottleneckSchema.extend({
        agentId: z
          .string()
          .nullable()
          .describe('The agent that it was found on; null if it was not found on an agent but, for example, on a host'),
      }),
    )
    .describe('The most severe first'),
  strategies: z.array(strategySchema).describe('Best first'),
  trials: z.array(trialSchema).describe('In the order they started'),
  listed: z.object({
    bottlenecks: listExtentSchema,
    strategies: listExtentSchema,
    trials: listExtentSchema,
    skipped: listExtentSchema,
  }),
})
export type CycleView = z.infer<typeof cycleViewSchema>

/** How many of the lines of each cycle about what was skipped are in a list of cycles. */
const maxSkipped = 20

/** The latest cycles that match, newest first, each with the beginning of what was skipped. @param after only older ones than that with this id */
export async function readCycles(
  { db }: StoredContext,
  limit = 20,
  { after, ...filter }: CycleFilter & { after?: string | undefined } = {},
): Promise<Page<z.infer<typeof cycleSchema>>> {
  const found = listLatestCycles(db, limit, { ...filter, after })
  return await readPage(
    found.then((cycles) => cycles.map(toListed)),
    countCycles(db, filter),
  )
}

function toListed(cycle: Cycle): z.infer<typeof cycleSchema> {
  const skipped = takeFirst(cycle.skipped, maxSkipped)
  return { ...cycle, skipped: skipped.items, listed: { skipped: getListExtent(skipped) } }
}

/** How many entries of each list of a cycle are read unless more are wanted. */
export const usualOfCycle = 100

/**
 * One cycle with its bottlenecks, strategies and trials so far.
 * @param limit how many entries of each list
 * @throws OptimizerError `unknown-cycle`
 */
export async function readCycle({ db }: StoredContext, id: string, limit = usualOfCycle): Promise<CycleView> {
  const [cycle, found, planned, started] = await Promise.all([
    findCycle(db, id),
    readPage(listWorstBottlenecks(db, id, limit), countBottlenecks(db, { cycleId: id })),
    readPage(listCycleStrategies(db, id, limit), countCycleStrategies(db, id)),
    listWorkflowTrials(db, id),
  ])
  if (!cycle) throw new OptimizerError('unknown-cycle', `There is no cycle ${id}; /api/cycles lists the latest.`)
  const skipped = takeFirst(cycle.skipped, limit)
  const trials = takeFirst(started, limit)
  const agents = await selectAgentIds(db, [...new Set(found.items.map(({ affectedComponent }) => affectedComponent))])
  const findAgent = (component: string) => (agents.has(component) ? component : null)
  return {
    ...cycle,
    skipped: skipped.items,
    bottlenecks: found.items.map((each) => ({ ...withImpactUnit(each), agentId: findAgent(each.affectedComponent) })),
    strategies: planned.items,
    trials: trials.items,
    listed: {
      bottlenecks: getListExtent(found),
      strategies: getListExtent(planned),
      trials: getListExtent(trials),
      skipped: getListExtent(skipped),
    },
  }
}
