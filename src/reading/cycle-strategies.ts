import { z } from 'zod'
import { computeImprovementPerMinute } from '../analysis/planning/ranking.ts'
import { OptimizerError } from '../model/errors.ts'
import { strategySchema } from '../model/strategy.ts'
import { judgementSchema, trialStateSchema, verdictSchema } from '../model/trial.ts'
import { findCycle } from '../store/cycles.ts'
import { listStrategiesWithOutcome } from '../store/fleet.ts'
import { countCycleStrategies } from '../store/strategies.ts'
import type { StoredContext } from './context.ts'
import { defaultCycleEntryLimit } from './cycles.ts'
import { getShownTargetMetric, shownMetricSchema } from './fleet.ts'
import { type Page, readPage } from './list-extent.ts'

export const plannedStrategySchema = z.object({
  strategy: strategySchema,
  metric: shownMetricSchema.describe('The metric that its trial aims to improve'),
  improvementPerMinute: z.number().describe('Expected gain per minute of cost, by which strategies are ranked'),
  leftBecause: z.string().nullable().describe('Why the strategy was not carried out; null if it was, or may still be'),
  state: trialStateSchema.nullable().describe('The state of the trial; null if none has started'),
  judgement: judgementSchema.nullable(),
  verdict: verdictSchema.nullable().describe('The verdict of the trial; null until it is concluded'),
  improvement: z.number().nullable().describe('The improvement that the trial finally measured'),
})
export type PlannedStrategy = z.infer<typeof plannedStrategySchema>

/** The strategies of a cycle in rank order, with what became of each. @throws OptimizerError `unknown-cycle` */
export async function readCycleStrategies(
  { db }: StoredContext,
  cycleId: string,
  limit = defaultCycleEntryLimit,
): Promise<Page<PlannedStrategy>> {
  const [cycle, { items, total }] = await Promise.all([
    findCycle(db, cycleId),
    readPage(listStrategiesWithOutcome(db, cycleId, limit), countCycleStrategies(db, cycleId)),
  ])
  if (!cycle) throw new OptimizerError('unknown-cycle', `There is no cycle ${cycleId}; /api/cycles lists the latest.`)
  const planned = items.map(({ strategy, leftBecause, state, judgement, verdict, actualImprovement }) => ({
    strategy,
    metric: getShownTargetMetric(strategy),
    improvementPerMinute: computeImprovementPerMinute(strategy),
    leftBecause: state === null ? leftBecause : null,
    state,
    judgement,
    verdict,
    improvement: actualImprovement,
  }))
  return { items: planned, total }
}
