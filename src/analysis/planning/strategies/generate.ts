import { findObjective } from '../../../model/objective.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { emptyRecord } from '../../eligibility/index.ts'
import { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import {
  createObjectiveOpportunities,
  createProactiveOpportunities,
  createReactiveOpportunities,
  type Opportunity,
} from './opportunities.ts'
import { Planner } from './planner.ts'
import type { StrategyRequest } from './request.ts'
import { createResourceOpportunities } from './resource-opportunities.ts'

export interface GeneratedStrategies {
  strategies: Strategy[]
  /** Opportunities without a strategy, and why. */
  skipped: { subject: string; reason: string }[]
}

/**
 * Changes worth trying (B5, B6): one for each bottleneck, and two proactive ones before any threshold is crossed. Opportunities with no
 * knob left to try, or that would cost more than they bring, are skipped. No two strategies turn the same knob of an agent.
 */
export function generateStrategies(request: StrategyRequest): GeneratedStrategies {
  const { bottlenecks, snapshot, now, history = {} } = request
  const { fleet } = request.eligibility ?? emptyRecord
  const { objectives } = fleet
  const isFor = (agentId: string) =>
    snapshot.agents.some((agent) => agent.agentId === agentId && findObjective(objectives, agent))
  // An agent with an objective is optimized for that alone.
  const elsewhere = (opportunity: Opportunity): Opportunity => {
    if (opportunity.type === 'objective_bound') return opportunity
    const targets = opportunity.targets.filter((at) => at.objective || !isFor(at.agentId))
    const isLeft = targets.length > 0 || opportunity.targets.length === 0
    return {
      ...opportunity,
      targets,
      ...(!isLeft && { withoutTargets: 'an agent with an objective is optimized for that alone' }),
    }
  }
  const forecasts = new MetricSeriesCache(snapshot, history)
  const newId = idSequence(now, request.random)
  const opportunities = [
    ...createReactiveOpportunities(request, fleet, newId).map(elsewhere),
    ...createObjectiveOpportunities(snapshot, fleet, newId, bottlenecks.length),
    ...createResourceOpportunities(request, fleet, newId, bottlenecks.length + snapshot.agents.length),
    ...createProactiveOpportunities(request, forecasts).map(elsewhere),
  ]
  const planned = plan(request, forecasts, opportunities)
  // If there are not enough knobs for all, plan again with one knob per strategy.
  const bundled = planned.strategies.some(({ actions }) => actions.length > 1)
  if (!planned.isShortOfKnobs || !bundled) return planned
  const single = plan(request, forecasts, opportunities, 1)
  return single.skipped.length < planned.skipped.length ? single : planned
}

interface Plan extends GeneratedStrategies {
  isShortOfKnobs: boolean
}

function plan(
  request: StrategyRequest,
  forecasts: MetricSeriesCache,
  opportunities: readonly Opportunity[],
  maxChanges?: number,
): Plan {
  const planner = new Planner(request, forecasts, maxChanges)
  const strategies: Strategy[] = []
  const skipped: GeneratedStrategies['skipped'] = []
  for (const opportunity of opportunities) {
    const strategy = planner.plan(opportunity)
    if (strategy) strategies.push(strategy)
    else skipped.push({ subject: opportunity.subject, reason: planner.explainSkip(opportunity) })
  }
  return { strategies, skipped, isShortOfKnobs: planner.isShortOfKnobs }
}

/** `opt_<ms>_<5 characters of base 36>`; counts up from one random number, so that the ids of one call differ. */
function idSequence(now: number, random: () => number): (index: number) => string {
  const range = 36 ** 5
  const start = Math.floor(random() * range)
  return (index) => `opt_${now}_${((start + index) % range).toString(36).padStart(5, '0')}`
}
