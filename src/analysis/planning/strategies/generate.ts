import { findObjective } from '../../../model/objective.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { emptyRecord } from '../../eligibility/index.ts'
import { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import { createObjectiveIntentions, createProactiveIntentions, createReactiveIntentions, type Intention } from './intentions.ts'
import { Planner } from './planner.ts'
import type { StrategyRequest } from './request.ts'
import { createResourceIntentions } from './resource-intentions.ts'

export interface GeneratedStrategies {
  strategies: Strategy[]
  /** Intentions without a strategy, and why. */
  skipped: { subject: string; reason: string }[]
}

/**
 * Changes worth trying (B5, B6): one for each bottleneck, and two proactive ones before any threshold is crossed. Intentions with no
 * knob left to try, or that would cost more than they bring, are skipped. No two strategies turn the same knob of an agent.
 */
export function generateStrategies(request: StrategyRequest): GeneratedStrategies {
  const { bottlenecks, snapshot, now, history = {} } = request
  const { fleet } = request.eligibility ?? emptyRecord
  const { objectives } = fleet
  const isFor = (agentId: string) =>
    snapshot.agents.some((agent) => agent.agentId === agentId && findObjective(objectives, agent))
  // An agent with an objective is optimized for that alone.
  const elsewhere = (intention: Intention): Intention => {
    if (intention.type === 'objective_bound') return intention
    const targets = intention.targets.filter((at) => at.objective || !isFor(at.agentId))
    const isLeft = targets.length > 0 || intention.targets.length === 0
    return { ...intention, targets, ...(!isLeft && { withoutTargets: 'an agent with an objective is optimized for that alone' }) }
  }
  const forecasts = new MetricSeriesCache(snapshot, history)
  const newId = idSequence(now, request.random)
  const intentions = [
    ...createReactiveIntentions(request, fleet, newId).map(elsewhere),
    ...createObjectiveIntentions(snapshot, fleet, newId, bottlenecks.length),
    ...createResourceIntentions(request, fleet, newId, bottlenecks.length + snapshot.agents.length),
    ...createProactiveIntentions(request, forecasts).map(elsewhere),
  ]
  const planned = plan(request, forecasts, intentions)
  // If there are not enough knobs for all, plan again with one knob per strategy.
  const bundled = planned.strategies.some(({ actions }) => actions.length > 1)
  if (!planned.isShortOfKnobs || !bundled) return planned
  const single = plan(request, forecasts, intentions, 1)
  return single.skipped.length < planned.skipped.length ? single : planned
}

interface Plan extends GeneratedStrategies {
  isShortOfKnobs: boolean
}

function plan(
  request: StrategyRequest,
  forecasts: MetricSeriesCache,
  intentions: readonly Intention[],
  maxChanges?: number,
): Plan {
  const planner = new Planner(request, forecasts, maxChanges)
  const strategies: Strategy[] = []
  const skipped: GeneratedStrategies['skipped'] = []
  for (const intention of intentions) {
    const strategy = planner.plan(intention)
    if (strategy) strategies.push(strategy)
    else skipped.push({ subject: intention.subject, reason: planner.explainSkip(intention) })
  }
  return { strategies, skipped, isShortOfKnobs: planner.isShortOfKnobs }
}

/** `opt_<ms>_<5 characters of base 36>`; counts up from one random number, so that the ids of one call differ. */
function idSequence(now: number, random: () => number): (index: number) => string {
  const range = 36 ** 5
  const start = Math.floor(random() * range)
  return (index) => `opt_${now}_${((start + index) % range).toString(36).padStart(5, '0')}`
}
