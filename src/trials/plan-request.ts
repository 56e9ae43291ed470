import { needsRestartReason } from '../analysis/eligibility/index.ts'
import { computeWeightedMetrics } from '../analysis/observing/weighted-metrics.ts'
import { buildRequestedStrategy } from '../analysis/planning/strategies/requested-strategy.ts'
import type { TrialInput } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameValue, validateKnobValues } from '../model/knob.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import { findObjective, findObjectiveProblem, getObjectiveMetric, type Objective } from '../model/objective.ts'
import { markRestarts } from '../model/restart.ts'
import type { Strategy } from '../model/strategy.ts'
import { weightedSumName } from '../model/weighted-sum-name.ts'
import type { WeightedMetrics } from '../model/weights.ts'
import { findAgent, getCurrentConfiguration, listKnobs, requireAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import { loadRestartableAgents } from '../store/restarts.ts'
import { findLatestAgentProfiles } from '../store/snapshots.ts'
import { findStrategy } from '../store/strategies.ts'
import type { TrialContext } from './context.ts'

/**
 * A person's request as a strategy: the client calls it before it starts the trial, so that a refusal is answered at once, and the trial
 * itself calls it again.
 * @throws OptimizerError `unknown-agent`, `out-of-bounds`, `needs-restart`, `no-change`, `unusable-objective`
 */
export async function planRequestedTrial(
  { db, config }: TrialContext,
  { strategyId, agentId, values, requestedBy, repeats }: TrialInput,
): Promise<Strategy> {
  await requireAgent(db, agentId)
  const { kind } = (await findAgent(db, agentId))!
  const [knobs, current, catalogue, objectives, repeated] = await Promise.all([
    listKnobs(db, agentId),
    getCurrentConfiguration(db, agentId),
    loadCatalogue(db, config.metrics),
    loadObjectives(db, config.objectives),
    repeats === undefined ? undefined : findStrategy(db, repeats),
  ])
  const refused = validateKnobValues(knobs, values)
  if (refused.length > 0) throw new OptimizerError('out-of-bounds', `${agentId}: ${refused.join('; ')}.`)
  const restart = knobs.find((knob) => knob.name in values && knob.applies === 'restart')
  if (restart) {
    const commanded = config.restarts.map((entry) => entry.agentId)
    const restartable = await loadRestartableAgents(db, { commanded, agentIds: [agentId], now: Date.now() })
    if (!restartable.has(agentId))
      throw new OptimizerError('needs-restart', `${restart.name} of ${agentId}: ${needsRestartReason}.`)
  }
  const changes = Object.entries(values)
    .map(([knob, to]) => ({ knob, from: current.values[knob]!, to }))
    .filter(({ from, to }) => !isSameValue(from, to))
  if (changes.length === 0) throw new OptimizerError('no-change', `${agentId} already runs with these values.`)
  const objective = findObjective(objectives, { agentId, kind })
  const weighed = objective && (await weighForRequest(db, objective, agentId, catalogue))
  const request = { id: strategyId, agentId, knobs, changes, requestedBy, objective, weighed, catalogue, repeated }
  return markRestarts(buildRequestedStrategy(request), knobs)
}

/** The metrics that an objective weighs for an agent. @throws OptimizerError `unusable-objective` if no trial can be judged by it */
async function weighForRequest(
  db: Database,
  objective: Objective,
  agentId: string,
  catalogue: MetricCatalogue,
): Promise<WeightedMetrics | undefined> {
  const refuse = (problem: string) => {
    throw new OptimizerError('unusable-objective', `A trial cannot be judged by the objective of ${agentId}: ${problem}.`)
  }
  const problem = findObjectiveProblem(objective, catalogue)
  if (problem) return refuse(problem)
  if (getObjectiveMetric(objective) !== weightedSumName) return undefined
  const profile = (await findLatestAgentProfiles(db, [agentId]))?.agents[0]
  if (!profile) return refuse('no cycle has collected its metrics yet; npx optimizer cycle does')
  const weighed = computeWeightedMetrics(objective, profile, catalogue)
  return typeof weighed === 'string' ? refuse(weighed) : weighed
}
