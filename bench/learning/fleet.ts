/** Agents that come one after the other, each optimized by the real planner, judge and learning for a number of cycles. */
import { detectBottlenecks } from '../../src/analysis/observing/detection.ts'
import { rankStrategies } from '../../src/analysis/planning/ranking.ts'
import { generateStrategies } from '../../src/analysis/planning/strategies/index.ts'
import type { FinishedTrial } from '../../src/model/finished-trial.ts'
import type { MetricPoint } from '../../src/model/history.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import type { AgentProfile, Snapshot } from '../../src/model/profile.ts'
import type { Strategy } from '../../src/model/strategy.ts'
import { defaultThresholds } from '../../src/model/thresholds.ts'
import { agentProfile, snapshot } from '../../test/support/profiles.ts'
import type { Random } from '../../test/unit/judging/random.ts'
import { observedFigures, simulateTrial } from './trial.ts'
import { figures, type SimulatedAgent } from './world.ts'

export interface SimulatedTrial {
  strategy: Strategy
  record: FinishedTrial
  /** How much longer a success took with the trial's values, as a share. */
  worsening: number
}

/** The history of its metrics, as the snapshots recorded it. */
export type SeenMetrics = Record<'responseTime' | 'successRate' | 'coordinationScore', MetricPoint[]>

/** The outcome of one agent's cycles. */
export interface Course {
  agent: SimulatedAgent
  trials: SimulatedTrial[]
  /** Log of its loss (time per success) at the start and after each trial. */
  loss: number[]
  /** With everything at its best. */
  least: number
}

export const cycleMs = 600_000
/** Strict thresholds, so that there are bottlenecks as long as anything can be gained. */
const thresholds = { ...defaultThresholds, responseTimeMs: 600, successRate: 0.9, systemScore: 0 }

/**
 * @param from milliseconds since the epoch
 * @param history of the agent so far; extended
 */
export function optimize(
  agent: SimulatedAgent,
  experience: FinishedTrial[],
  cycles: number,
  from: number,
  dice: Random,
  history: SeenMetrics = { responseTime: [], successRate: [], coordinationScore: [] },
): Course {
  const series: Course = { agent, trials: [], loss: [lossWith(agent, agent.values)], least: minLoss(agent) }
  for (let cycle = 0; cycle < cycles; cycle++) {
    const now = from + cycle * cycleMs
    const seen = lookAt(agent, now, dice)
    const strategy = best(agent, seen, experience, history)
    const [{ responseTime, successRate }] = seen.agents as [AgentProfile]
    history.responseTime.push({ at: now, value: responseTime! })
    history.successRate.push({ at: now, value: successRate! })
    if (!strategy) continue
    const values: KnobValues = { ...agent.values, ...Object.fromEntries(strategy.actions.map(({ knob, to }) => [knob, to])) }
    const { judgement, metrics } = simulateTrial(agent, values, strategy.targetMetric, dice)
    const verdict = judgement.decision === 'continue' ? 'undecided' : judgement.decision
    const worsening = Math.exp(lossWith(agent, values) - lossWith(agent, agent.values)) - 1
    const baseline = agent.values
    if (verdict === 'keep') agent.values = values
    const record: FinishedTrial = {
      agentId: agent.agentId,
      kind: agent.kind.name,
      type: strategy.type,
      metric: strategy.targetMetric,
      changes: strategy.actions.map(({ knob, from, to }) => ({ knob, from, to })),
      baseline,
      metrics,
      verdict,
      improvement: judgement.improvement,
      interval: judgement.interval,
      predicted: strategy.expectedImprovement,
      executionTimeMs: 120_000,
      at: now,
    }
    experience.push(record)
    series.trials.push({ strategy, record, worsening })
    series.loss.push(lossWith(agent, agent.values))
  }
  return series
}

function lookAt(agent: SimulatedAgent, now: number, dice: Random): Snapshot {
  const profile = agentProfile(agent.agentId, {
    kind: agent.kind.name,
    instances: 3,
    coordinationScore: null,
    configuration: { version: 1, values: agent.values },
    ...observedFigures(agent, dice),
  })
  return snapshot([profile], {}, now)
}

function best(
  { agentId, kind }: SimulatedAgent,
  seen: Snapshot,
  experience: FinishedTrial[],
  history: SeenMetrics,
): Strategy | undefined {
  const { strategies } = generateStrategies({
    bottlenecks: detectBottlenecks(seen, thresholds),
    snapshot: seen,
    thresholds,
    knobs: { [agentId]: kind.levers.map(({ knob }) => knob) },
    experience,
    history: { [agentId]: history },
    policy: defaultPolicy,
    now: seen.takenAt,
    random: () => 0,
  })
  return rankStrategies(strategies, { seed: seen.id, aggressiveness: defaultPolicy.aggressiveness })[0]
}

function lossWith(agent: SimulatedAgent, values: KnobValues): number {
  const { medianMs, successRate } = figures(agent, values)
  return Math.log(medianMs / successRate)
}

/** Every lever at its best. */
function minLoss({ kind, slowness }: SimulatedAgent): number {
  return Math.log(kind.medianMs * slowness) + Math.log1p(Math.exp(-kind.logit))
}
