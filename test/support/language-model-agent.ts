/** A simulated agent on a language model, and its optimization by the real planner, tuner and judge. */

import { emptyRecord } from '../../src/analysis/eligibility/index.ts'
import { createTrialJudge, type ObservationsByArm } from '../../src/analysis/judging/index.ts'
import { combineProfiles } from '../../src/analysis/observing/profiles/combine.ts'
import { planCycle } from '../../src/analysis/planning/plan-cycle.ts'
import { computeMeasuredMetrics } from '../../src/analysis/reporting/results/index.ts'
import { createSeededRandom } from '../../src/analysis/statistics/random.ts'
import { buildTrialGoal } from '../../src/analysis/trials/goal.ts'
import type { FinishedTrial } from '../../src/model/finished-trial.ts'
import { type Knob, type KnobInput, type KnobValues, knobSchema } from '../../src/model/knob.ts'
import { createCatalogue, type MetricDeclaration } from '../../src/model/metric.ts'
import type { Objective } from '../../src/model/objective.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { defaultThresholds } from '../../src/model/thresholds.ts'
import type { Verdict } from '../../src/model/trial.ts'
import { toSeries } from './readings.ts'

const agentId = 'support-bot'
const instances = ['support-bot-1', 'support-bot-2', 'support-bot-3']
const cycleMs = 600_000
const seconds = { history: 200, observation: 105, betweenLooks: 5 }
const answersPerSecond = 1.5
const maxSamples = 160

const declare = (input: Omit<KnobInput, 'purpose'>): Knob => knobSchema.parse({ purpose: 'computation', ...input })

/** As a newcomer declares them: without saying what affects what. */
export const languageModelKnobs: Knob[] = [
  declare({ type: 'enum', name: 'model', values: ['small', 'medium', 'large'], default: 'large' } as never),
  declare({ type: 'float', name: 'temperature', min: 0, max: 1.5, default: 1 } as never),
  declare({ type: 'int', name: 'max_tokens', min: 100, max: 4000, scale: 'log', default: 4000 } as never),
  declare({ type: 'int', name: 'retries', min: 0, max: 5, default: 1 } as never),
  declare({ type: 'int', name: 'context_chunks', min: 1, max: 40, default: 30 } as never),
  declare({ type: 'int', name: 'cache_seconds', min: 0, max: 600, default: 0 } as never),
]
const models = {
  small: { price: 0.15, msPerToken: 3, skill: -0.6 },
  medium: { price: 0.6, msPerToken: 6, skill: 0.5 },
  large: { price: 2.5, msPerToken: 9, skill: 0.9 },
}

/** Means of a world: what an answer costs in USD, its quality from 0 to 1, and its median time in ms when it is not cached. */
export function trueFigures(values: KnobValues) {
  const { price, msPerToken, skill } = models[values.model as keyof typeof models]
  const [chunks, tokens, temperature] = [values.context_chunks, values.max_tokens, values.temperature].map(Number)
  const cached = 0.5 * (1 - Math.exp(-Number(values.cache_seconds) / 200))
  const read = 400 + 350 * chunks!
  const written = Math.min(320, tokens!) + 0.03 * tokens!
  const known = 1 - Math.exp(-chunks! / 5)
  const complete = Math.min(1, 0.4 + tokens! / 700)
  const logit = -0.3 + skill + 2.1 * known * complete - 0.5 * Math.abs(temperature! - 0.3) - 0.004 * chunks!
  return {
    cached,
    cost: (1 - cached) * (price / 1e6) * (read + 4 * written),
    quality: 1 / (1 + Math.exp(-logit)) - 0.03 * cached,
    medianMs: 250 + msPerToken * written + 0.02 * read,
  }
}

export interface OptimizedTrial {
  changes: string
  verdict: Verdict
  metric: string
  reason: string
  before: ReturnType<typeof trueFigures>
  after: ReturnType<typeof trueFigures>
}

/** Metrics that the agent may declare: its energy follows its cost, its helpfulness its quality. */
export const declaredMetrics: MetricDeclaration[] = [
  { name: 'energyJ', unit: 'J', direction: 'lower', kind: 'continuous', description: '' },
  { name: 'helpfulness', unit: '', direction: 'higher', kind: 'proportion', description: '' },
]

/**
 * Optimizes the agent for a number of cycles, one trial each.
 * @param qualityShare share of answers whose quality is known
 * @param live instances of it that the planner knows
 * @param declared metrics that it declares; it reports those of `declaredMetrics` in any case
 */
export function optimizeLanguageModelAgent(
  objective: Objective,
  {
    seed,
    cycles,
    start,
    qualityShare = 1,
    knobs = languageModelKnobs,
    declared = declaredMetrics,
    live = instances.length,
  }: {
    seed: number
    cycles: number
    start: KnobValues
    qualityShare?: number
    knobs?: Knob[]
    declared?: MetricDeclaration[]
    live?: number
  },
): { values: KnobValues; trials: OptimizedTrial[]; skipped: string[] } {
  const random = createSeededRandom(`language model ${seed}`)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())
  const answer = (values: KnobValues, at: number, instance: string) => {
    const { cached, cost, quality, medianMs } = trueFigures(values)
    const isCached = random.uniform() < cached
    const scored = random.uniform() < qualityShare
    const costUsd = isCached ? 0 : (cost / (1 - cached)) * Math.exp(0.3 * normal() - 0.045)
    const qualityScore = Math.min(1, Math.max(0, quality + 0.15 * normal()))
    const metrics = {
      costUsd,
      energyJ: 4_000 * costUsd,
      ...(scored && { qualityScore, helpfulness: qualityScore }),
    }
    return {
      at,
      instance,
      durationMs: isCached ? 20 : medianMs * Math.exp(0.25 * normal()),
      success: random.uniform() < 0.98,
      metrics,
    }
  }
  const answersOf = (instance: string, values: KnobValues, from: number, to: number) => {
    const answers = []
    for (let at = from; at < to; at += -Math.log(1 - random.uniform()) / answersPerSecond)
      answers.push(answer(values, at * 1_000, instance))
    return answers
  }

  const catalogue = createCatalogue(declared)
  let values = start
  const experience: FinishedTrial[] = []
  const trials: OptimizedTrial[] = []
  let skipped: string[] = []
  for (let cycle = 0; cycle < cycles; cycle++) {
    const now = (cycle + 1) * cycleMs
    const recent = Array.from({ length: 50 }, (_, i) => answer(values, now - i * 400, instances[i % 3]!))
    const reading = { agentId, kind: 'support', instances: live, heartbeatAt: now, configuration: { version: cycle + 1, values } }
    const executions = recent.map((each) => ({ ...each, agentId, errored: false, confidence: null }))
    const readings = {
      database: {
        executions: toSeries(executions),
        recent: [{ agentId, ...reportedBy(executions) }],
        decisions: [],
        portfolio: null,
        trades: [],
        market: [],
      },
      liveState: undefined,
      system: undefined,
      communication: undefined,
      selfReport: undefined,
    }
    const profiles = combineProfiles([reading], readings, { goal: { start: 0, target: 1 }, now })
    const plan = planCycle({
      snapshot: { id: `snapshot ${seed} ${cycle}`, takenAt: now, ...profiles },
      thresholds: defaultThresholds,
      knobs: { [agentId]: knobs },
      experience,
      policy: { ...defaultPolicy, aggressiveness: 4 },
      eligibility: { ...emptyRecord, fleet: { ...emptyRecord.fleet, objectives: [objective], catalogue, liveInstances: 3 } },
    } as never)
    skipped = plan.skipped
    const strategy = plan.strategies[0]
    if (!strategy) continue
    const changed = { ...values, ...Object.fromEntries(strategy.actions.map(({ knob, to }) => [knob, to])) }
    const [candidate, ...controls] = instances
    const past = (list: readonly string[]) =>
      list.flatMap((id) => answersOf(id, values, -seconds.history, 0)).sort((a, b) => a.at - b.at)
    const arms = {
      control: controls.flatMap((id) => answersOf(id, values, 0, seconds.observation)).sort((a, b) => a.at - b.at),
      candidate: answersOf(candidate!, changed, 0, seconds.observation),
    }
    const none = { negotiations: [] }
    const history: ObservationsByArm = {
      control: { executions: past(controls), ...none },
      candidate: { executions: past([candidate!]), ...none },
    }
    const judge = createTrialJudge({ goal: buildTrialGoal(strategy), design: 'concurrent', history, maxSamples })
    for (let second = seconds.betweenLooks; ; second += seconds.betweenLooks) {
      const seen: ObservationsByArm = {
        control: { executions: arms.control.filter(({ at }) => at < second * 1_000), ...none },
        candidate: { executions: arms.candidate.filter(({ at }) => at < second * 1_000), ...none },
      }
      const judgement = judge.look(seen, { final: second >= seconds.observation })
      if (judgement.decision === 'continue') continue
      const verdict = judgement.decision
      trials.push({
        changes: strategy.actions.map(({ knob, from, to }) => `${knob} ${from} → ${to}`).join(', '),
        verdict,
        metric: strategy.targetMetric,
        reason: judgement.reason,
        before: trueFigures(values),
        after: trueFigures(changed),
      })
      experience.push({
        agentId,
        kind: 'support',
        type: strategy.type,
        metric: strategy.targetMetric,
        declared: strategy.declared,
        objective: strategy.objective,
        changes: strategy.actions.map(({ knob, from, to }) => ({ knob, from, to })),
        baseline: values,
        metrics: { before: computeMeasuredMetrics(seen.control), after: computeMeasuredMetrics(seen.candidate) },
        verdict,
        improvement: judgement.improvement,
        interval: judgement.interval,
        predicted: strategy.expectedImprovement,
        executionTimeMs: 120_000,
        at: now,
      })
      if (verdict === 'keep') values = changed
      break
    }
  }
  return { values, trials, skipped }
}

/** The metrics that a cycle reads of recent executions. */
function reportedBy(executions: readonly { at: number; durationMs: number; metrics: object }[]) {
  const reported: Record<string, number[]> = {}
  for (const { metrics } of executions)
    for (const [name, value] of Object.entries(metrics) as [string, number | undefined][])
      if (value !== undefined) reported[name] = [...(reported[name] ?? []), value]
  const newestAt = Math.max(...executions.map(({ at }) => at))
  const reportedAt = Object.fromEntries(Object.keys(reported).map((name) => [name, newestAt]))
  return { durationsMs: executions.map(({ durationMs }) => durationMs), reported, reportedAt }
}
