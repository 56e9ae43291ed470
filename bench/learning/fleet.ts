/** Agents that come one after the other, each optimized by the real planner, judge and learning for a number of cycles. */
import { detectBottlenecks } from '../../src/analysis/detection/index.ts'
import { rank } from '../../src/analysis/ranking.ts'
import { generateStrategies } from '../../src/analysis/strategies/index.ts'
import type { TrialRecord } from '../../src/model/experience.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import type { Strategy } from '../../src/model/strategy.ts'
import { defaultThresholds as thresholds } from '../../src/model/thresholds.ts'
import { agentProfile, snapshot } from '../../test/support/profiles.ts'
import type { Random } from '../../test/unit/judging/random.ts'
import { observedFigures, simulateTrial } from './trial.ts'
import { figures, type SimulatedAgent } from './world.ts'

export interface SimulatedTrial {
  strategy: Strategy
  record: TrialRecord
}

/** What one agent's cycles came to. */
export interface Course {
  agent: SimulatedAgent
  trials: SimulatedTrial[]
  /** Log of its loss (time per success) at the beginning and after each trial. */
  loss: number[]
}

const cycleMs = 600_000

/** @param from milliseconds since the epoch */
export function optimize(agent: SimulatedAgent, experience: TrialRecord[], cycles: number, from: number, dice: Random): Course {
  const course: Course = { agent, trials: [], loss: [lossOf(agent)] }
  for (let cycle = 0; cycle < cycles; cycle++) {
    const now = from + cycle * cycleMs
    const strategy = best(agent, experience, now, dice)
    if (!strategy) continue
    const values: KnobValues = { ...agent.values, ...Object.fromEntries(strategy.actions.map(({ knob, to }) => [knob, to])) }
    const judgement = simulateTrial(agent, values, strategy.targetMetric, dice)
    const verdict = judgement.decision === 'continue' ? 'undecided' : judgement.decision
    if (verdict === 'keep') agent.values = values
    const record: TrialRecord = {
      agentId: agent.agentId,
      kind: agent.kind.name,
      type: strategy.type,
      metric: strategy.targetMetric,
      changes: strategy.actions.map(({ knob, from, to }) => ({ knob, from, to })),
      verdict,
      improvement: judgement.improvement,
      interval: judgement.interval,
      promised: strategy.expectedImprovement,
      executionTimeMs: 120_000,
      at: now,
    }
    experience.push(record)
    course.trials.push({ strategy, record })
    course.loss.push(lossOf(agent))
  }
  return course
}

function best(agent: SimulatedAgent, experience: TrialRecord[], now: number, dice: Random): Strategy | undefined {
  const { agentId, kind, values } = agent
  const profile = agentProfile(agentId, {
    kind: kind.name,
    instances: 3,
    coordinationScore: null,
    configuration: { version: 1, values },
    ...observedFigures(agent, dice),
  })
  const seen = snapshot([profile], {}, now)
  const { strategies } = generateStrategies({
    bottlenecks: detectBottlenecks(seen, thresholds),
    snapshot: seen,
    thresholds,
    knobs: { [agentId]: kind.levers.map(({ knob }) => knob) },
    experience,
    policy: defaultPolicy,
    now,
    random: dice.uniform,
  })
  return rank(strategies, { seed: `${agentId} ${now}`, aggressiveness: defaultPolicy.aggressiveness })[0]
}

function lossOf(agent: SimulatedAgent): number {
  const { medianMs, successRate } = figures(agent, agent.values)
  return Math.log(medianMs / successRate)
}
