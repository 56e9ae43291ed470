import { type ArmObservations, createTrialJudge, createUsualGoal } from '../../src/analysis/judging/index.ts'
import { computeMeasuredMetrics } from '../../src/analysis/reporting/results/index.ts'
import { mean, median } from '../../src/analysis/statistics/summaries.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import type { MetricName } from '../../src/model/metric.ts'
import type { ArmMetrics } from '../../src/model/result.ts'
import type { Judgement } from '../../src/model/trial.ts'
import type { Random } from '../../test/unit/judging/random.ts'
import { figures, type SimulatedAgent } from './world.ts'

/** Of an instance, per second. */
const rate = 1.5
const seconds = { history: 120, observation: 105, betweenLooks: 15 }
const sigma = 0.35
const autocorrelation = 0.4
const maxSamples = 160
const instances = ['a', 'b', 'c']

export interface SimulatedOutcome {
  judgement: Judgement
  metrics: ArmMetrics
}

type Executions = ArmObservations['executions']

/** A trial as the real judge sees it: one instance tries the values, two keep theirs. */
export function simulateTrial(agent: SimulatedAgent, values: KnobValues, target: MetricName, dice: Random): SimulatedOutcome {
  const end = seconds.observation
  const arms = instances.map((instance, index) => ({
    candidate: index === 0,
    executions: executionsOf(instance, agent, index === 0 ? values : agent.values, dice),
  }))
  const of = (candidate: boolean, from: number, to: number): ArmObservations => ({
    executions: arms
      .filter((arm) => arm.candidate === candidate)
      .flatMap(({ executions }) => executions.filter(({ at }) => at >= from && at < to))
      .sort((a, b) => a.at - b.at),
    negotiations: [],
  })
  const upTo = (from: number, to: number) => ({ control: of(false, from, to), candidate: of(true, from, to) })
  const judge = createTrialJudge({
    goal: createUsualGoal(target),
    design: 'concurrent',
    history: upTo(-seconds.history * 1_000, 0),
    maxSamples,
  })
  for (let second = seconds.betweenLooks; ; second += seconds.betweenLooks) {
    const final = second >= end
    const seen = upTo(0, second * 1_000)
    const judgement = judge.look(seen, { final })
    if (judgement.decision !== 'continue')
      return {
        judgement,
        metrics: { before: computeMeasuredMetrics(seen.control), after: computeMeasuredMetrics(seen.candidate) },
      }
  }
}

/** Instances inherently differ, and neighbouring executions resemble each other. */
function executionsOf(instance: string, agent: SimulatedAgent, changed: KnobValues, dice: Random): Executions {
  const [before, after] = [figures(agent, agent.values), figures(agent, changed)]
  const nature = Math.exp(0.05 * dice.normal())
  const executions: Executions = []
  let z = dice.normal()
  for (let at = -seconds.history; at < seconds.observation; at += dice.exponential() / rate) {
    z = autocorrelation * z + Math.sqrt(1 - autocorrelation ** 2) * dice.normal()
    const { medianMs, successRate } = at < 0 ? before : after
    const durationMs = medianMs * nature * Math.exp(sigma * z)
    executions.push({ at: at * 1_000, instance, durationMs, success: dice.uniform() < successRate })
  }
  return executions
}

/** The agent's figures in a snapshot: from its newest fifty executions. */
export function observedFigures(agent: SimulatedAgent, dice: Random) {
  const { medianMs, successRate } = figures(agent, agent.values)
  const times = Array.from({ length: 50 }, () => medianMs * Math.exp(sigma * dice.normal()))
  const successes = Array.from({ length: 50 }, () => Number(dice.uniform() < successRate))
  return { responseTime: mean(times), responseTimeP50: median(times), successRate: mean(successes) }
}
