import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { recordedCycleSchema } from '../model/records.ts'
import { strategySchema } from '../model/strategy.ts'
import { countBottlenecks, listWorstBottlenecks } from '../store/bottlenecks.ts'
import { type Cycle, countCycles, findCycle, listLatestCycles } from '../store/cycles.ts'
import type { TimeFilter } from '../store/newest-first.ts'
import { countCycleStrategies, listCycleStrategies } from '../store/strategies.ts'
import { listWorkflowTrials } from '../store/trials.ts'
import { locateBottlenecks, locatedBottleneckSchema } from './bottlenecks.ts'
import type { StoredContext } from './context.ts'
import { getListExtent, listExtentSchema, type Page, readPage, toFirstPage } from './list-extent.ts'
import { trialSchema } from './trials.ts'

export const cycleSchema = recordedCycleSchema.extend({
  id: z.string().describe('The id of the cycle, which is also the id of its workflow'),
  runId: z.string(),
  listed: z.object({ skipped: listExtentSchema }),
})

export const cycleViewSchema = cycleSchema.extend({
  bottlenecks: z.array(locatedBottleneckSchema).describe('The bottlenecks, most severe first'),
  strategies: z.array(strategySchema).describe('The strategies, best first'),
  trials: z.array(trialSchema).describe('The trials, in the order in which they started'),
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
  { after, ...filter }: TimeFilter & { after?: string | undefined } = {},
): Promise<Page<z.infer<typeof cycleSchema>>> {
  const found = listLatestCycles(db, limit, { ...filter, after })
  return await readPage(
    found.then((cycles) => cycles.map(toListed)),
    countCycles(db, filter),
  )
}

function toListed(cycle: Cycle): z.infer<typeof cycleSchema> {
  const skipped = toFirstPage(cycle.skipped, maxSkipped)
  return { ...cycle, skipped: skipped.items, listed: { skipped: getListExtent(skipped) } }
}

/** How many entries of each list of a cycle are read unless more are wanted. */
export const defaultCycleEntryLimit = 100

/**
 * One cycle with its bottlenecks, strategies and trials so far.
 * @param limit how many entries of each list
 * @throws OptimizerError `unknown-cycle`
 */
export async function readCycle({ db }: StoredContext, id: string, limit = defaultCycleEntryLimit): Promise<CycleView> {
  const [cycle, found, planned, started] = await Promise.all([
    findCycle(db, id),
    readPage(listWorstBottlenecks(db, id, limit), countBottlenecks(db, { cycleId: id })),
    readPage(listCycleStrategies(db, id, limit), countCycleStrategies(db, id)),
    listWorkflowTrials(db, id),
  ])
  if (!cycle) throw new OptimizerError('unknown-cycle', `There is no cycle ${id}; /api/cycles lists the latest.`)
  const skipped = toFirstPage(cycle.skipped, limit)
  const trials = toFirstPage(started, limit)
  return {
    ...cycle,
    skipped: skipped.items,
    bottlenecks: await locateBottlenecks(db, found.items),
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
