/** Whatever may stand on record about a trial, for property tests. */
import fc from 'fast-check'
import type { TrialFacts } from '../../src/analysis/reporting/explaining/trial-facts.ts'
import { metricNameSchema } from '../../src/model/metric.ts'
import type { RecordedTrial } from '../../src/model/records.ts'
import type { MeasuredMetrics } from '../../src/model/result.ts'
import { builtInStrategyTypes } from '../../src/model/strategy.ts'
import type { Judgement } from '../../src/model/trial.ts'
import { arbitraryKnobs, arbitraryTrial, arbitraryValue } from './arbitrary-knobs.ts'
import { planned, recordedTrial, resultOf } from './trial-facts.ts'

const text = fc.string({ maxLength: 30 }).filter((words) => !/undefined|NaN|null/.test(words))
const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary)
const instances = fc.array(fc.constantFrom('hunter-1', 'hunter-2', 'hunter-3'), { maxLength: 3 })
const figure = fc.double({ noNaN: true, min: -1e6, max: 1e6 })
const time = fc.double({ noNaN: true, min: 0, max: 1e6 })
const ratio = fc.double({ noNaN: true, min: 0, max: 1 })
const interval = fc.tuple(figure, figure)
const count = fc.nat(1_000)
const judged = fc.constantFrom('responseTime', 'successRate', 'coordinationScore')

const judgement = fc.record<Judgement>({
  decision: fc.constantFrom('continue', 'keep', 'roll-back', 'undecided'),
  metric: judged,
  design: fc.constantFrom('concurrent', 'switchback', 'before-after'),
  improvement: maybe(figure),
  interval: maybe(interval),
  samples: fc.record({ control: count, candidate: count }),
  reason: text,
})

const arm = fc.record<MeasuredMetrics>({
  samples: count,
  responseTimeP50: maybe(time),
  responseTimeMean: maybe(time),
  successRate: maybe(ratio),
  coordinationScore: maybe(ratio),
})
const metrics = fc.record({ before: arm, after: arm })

const trial: fc.Arbitrary<RecordedTrial> = fc
  .record({
    state: fc.constantFrom('applying', 'observing', 'widening', 'restoring', 'kept', 'restored'),
    design: fc.constantFrom('concurrent', 'switchback', 'before-after'),
    restoredVersion: maybe(fc.integer({ min: 1, max: 5 })),
    candidateInstances: instances,
    controlInstances: instances,
    widenedInstances: maybe(instances),
    startedAt: moment,
    observingAt: maybe(moment),
    widenedAt: maybe(moment),
    watchedUntil: maybe(moment),
    endedAt: maybe(moment),
    judgement: maybe(judgement),
    metrics: maybe(metrics),
    issues: fc.array(text, { maxLength: 3 }),
  })
  .map(recordedTrial)

const approval = fc.record({
  state: fc.constantFrom('open', 'approved', 'declined', 'timed-out', 'withdrawn', 'lapsed'),
  askedAt: moment,
  until: moment,
  decidedAt: maybe(moment),
  decidedBy: fc.constant('ada'),
  reason: maybe(text),
})

const version = fc.record({
  version: fc.integer({ min: 1, max: 5 }),
  values: fc.constant({}),
  origin: fc.constantFrom('default', 'trial', 'restore', 'operator'),
  trialId: maybe(text),
  reason: text,
  createdAt: moment,
})

const bottleneck = fc.record({
  type: fc.constantFrom('agent_response_time', 'agent_success_rate', 'coordination_efficiency', 'system_performance'),
  severity: fc.constantFrom('critical', 'high', 'medium', 'low'),
  affectedComponent: fc.constantFrom('hunter', 'system'),
  description: text,
  impact: figure,
  suggestedFix: text,
})

/** Consistent or not: a record may have been cut short at any moment, and parts of it may be gone. */
export const arbitraryTrialFacts: fc.Arbitrary<TrialFacts> = arbitraryKnobs.chain((knobs) => {
  const values = fc.record(Object.fromEntries(knobs.map((knob) => [knob.name, arbitraryValue(knob)])))
  const action = fc.constantFrom(...knobs).chain((knob) =>
    fc.record({
      description: text,
      agentId: fc.constant('hunter'),
      knob: fc.constant(knob.name),
      from: arbitraryValue(knob),
      to: arbitraryValue(knob),
    }),
  )
  const strategy = fc
    .record({
      type: fc.constantFrom(...builtInStrategyTypes),
      targetComponent: fc.constantFrom('hunter', 'system', 'inter_agent'),
      targetMetric: judged,
      expectedImprovement: figure,
      expectedInterval: fc.option(interval, { nil: undefined }),
      actions: fc.array(action, { minLength: 1, maxLength: 3 }),
      why: fc.option(text, { nil: undefined }),
      asks: fc.option(fc.record({ risk: fc.constantFrom('low', 'medium', 'high'), autonomy: figure }), { nil: undefined }),
    })
    .map((known) => ({ ...planned().strategy, ...known }))
  const result = fc.record({
    verdict: fc.constantFrom('keep', 'roll-back', 'undecided'),
    judged: fc.boolean(),
    success: fc.boolean(),
    actualImprovement: maybe(figure),
    interval: maybe(interval),
    metrics,
    reason: text,
    issues: fc.array(text, { maxLength: 3 }),
  } as const)
  const experience = fc.array(arbitraryTrial(knobs), { maxLength: 8 })
  return fc
    .record({
      strategy,
      plannedAt: moment,
      cycleId: maybe(fc.constant('cycle-1')),
      cycleEnded: fc.boolean(),
      leftBecause: maybe(text),
      bottleneck: maybe(bottleneck),
      seen: maybe(figure),
      knobs: fc.constantFrom(knobs, []),
      approval: maybe(approval),
      trial: maybe(trial),
      versions: fc.array(version, { maxLength: 4 }),
      keptAt: maybe(moment),
      alerts: fc.array(fc.record({ raisedAt: moment, resolvedAt: maybe(moment), message: text }), { maxLength: 2 }),
      experience: experience.map((trials) => trials.map((one) => ({ ...one, metric: metricNameSchema.parse(one.metric) }))),
      next: maybe(strategy),
      current: fc.record({ version: fc.integer({ min: 1, max: 5 }), values }),
    } as const)
    .chain((known) => maybe(result).map((written) => ({ facts: planned(known), written })))
    .map(({ facts, written }) => ({ ...facts, result: written && resultOf(facts, written) }))
})
