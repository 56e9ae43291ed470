import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adjustmentRules, changeRules } from '../../../src/analysis/eligibility/change-rules.ts'
import { findCycleReasons } from '../../../src/analysis/eligibility/cycle-reasons.ts'
import { decideAdmission, type EligibilityFacts, findReasons, ruleCodes } from '../../../src/analysis/eligibility/index.ts'
import type { Rule } from '../../../src/analysis/eligibility/rule.ts'
import { buildRequestedStrategy } from '../../../src/analysis/planning/strategies/index.ts'
import { explainAgent } from '../../../src/analysis/reporting/explaining/index.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import type { FinishedTrial, KnobChange } from '../../../src/model/finished-trial.ts'
import { formatTimestamp } from '../../../src/model/format.ts'
import { knobSchema } from '../../../src/model/knob.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import { createCatalogue } from '../../../src/model/metric.ts'
import { type Objective, objectiveSchema } from '../../../src/model/objective.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Verdict } from '../../../src/model/trial.ts'
import { arbitraryValue } from '../../support/arbitrary-knobs.ts'
import { agentFacts, arbitraryEligibilityFacts, eligibilityFacts, planOn } from '../../support/eligibility.ts'
import { now, trialRecord } from '../../support/profiles.ts'
import { intKnob } from '../../support/store.ts'

const hourMs = 3_600_000
const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
const cacheSize = (to: number): KnobChange[] => [{ knob: 'cacheSize', from: 2, to }]
const explained = (facts: EligibilityFacts) => explainAgent(agentFacts(facts)).restrictions!
const limits = (input: object) => limitsSchema.parse(input)
const market = { volatility: 1.5, volume24h: 45e9, priceChange24h: 2.5, fearGreedIndex: 64 }
const running = (agentId: string, candidates = 1) => ({ id: `opt_1_${agentId}`, agentId, candidates })
const versions = [2, 4, 2, 4].map((value, index) => ({ at: now - (5 - index) * hourMs, values: { cacheSize: value } }))
const rolledBack = trialRecord({
  agentId: 'hunter',
  kind: 'hunter',
  changes: cacheSize(3),
  verdict: 'roll-back',
  unjudged: true,
  improvement: null,
  at: now - hourMs,
})
/** Five days ago, the same change made the response time worse. */
const slower = trialRecord({
  agentId: 'hunter',
  kind: 'hunter',
  verdict: 'undecided',
  changes: cacheSize(3),
  improvement: -20,
  interval: [-30, -10],
  at: now - 120 * hourMs,
})
const inVain = Array.from({ length: 8 }, (_, index) =>
  trialRecord({ agentId: 'hunter', kind: 'hunter', verdict: 'undecided', changes: cacheSize(3), at: now - 60_000 + index }),
)

const orderedModels = knobSchema.parse({
  type: 'enum',
  name: 'model',
  purpose: 'computation',
  values: ['small', 'medium', 'large'],
  ordered: true,
  default: 'large',
  affects,
})
const cacheSwitch = knobSchema.parse({ type: 'bool', name: 'cache', purpose: 'caching', default: true })
const modelTried = (verdict: Verdict, metrics = trialRecord({}).metrics) =>
  trialRecord({
    agentId: 'hunter',
    kind: 'hunter',
    baseline: { model: 'large' },
    changes: [{ knob: 'model', from: 'large', to: 'medium' }],
    metrics,
    verdict,
    at: now - hourMs,
  })

type State = Parameters<typeof eligibilityFacts>[0]

/** Each rule with a state in which it holds; `plans` where the planner is not kept from planning something else or at all. */
const rules: [code: string, state: State, change: KnobChange[], plans?: 'otherwise' | 'all the same'][] = [
  [
    'objective-changed',
    { fleet: { objectives: [objectiveSchema.parse({ minimize: 'responseTime' })] } },
    cacheSize(3),
    'all the same',
  ],
  ['broken-limits', { fleet: { limits: 'limits.json is no JSON; correct it.' } }, cacheSize(3)],
  ['out-of-focus', { fleet: { policy: { ...defaultPolicy, focus: 'analyzer' } } }, cacheSize(3)],
  ['no-live-instance', { liveInstances: 0 }, cacheSize(3)],
  ['drifting', { liveInstances: 1, drifting: ['hunter-1 has cacheSize 5 instead of 2'] }, cacheSize(3)],
  [
    'frozen',
    { fleet: { limits: limits({ freeze: [{ begins: new Date(now - hourMs).toISOString().slice(0, 16), hours: 2 }] }) } },
    cacheSize(3),
  ],
  [
    'market-limit',
    { fleet: { limits: limits({ maxVolatilityPercent: 2 }), market: { ...market, volatility: 2.1 } } },
    cacheSize(3),
  ],
  [
    'market-limit',
    { fleet: { limits: limits({ maxVolatilityPercent: 2 }), market: { ...market, volatility: null } } },
    cacheSize(3),
  ],
  ['market-limit', { fleet: { limits: limits({ market: [{ metric: 'fearGreedIndex', min: 65 }] }), market } }, cacheSize(3)],
  ['hourly-limit', { trialsLastHour: 2, fleet: { limits: limits({ maxChangesPerHour: 2 }) } }, cacheSize(3)],
  ['too-few-executions', { executions: 19 }, cacheSize(3)],
  ['converged', { trials: inVain }, cacheSize(4)],
  ['paused', { fleet: { pause: { pausedBy: 'ada', reason: 'a release', since: new Date(now) } } }, cacheSize(3), 'all the same'],
  ['never-touch', { fleet: { limits: limits({ neverTouch: [{ knob: 'cacheSize' }] }) } }, cacheSize(3)],
  ['needs-restart', { knobs: [intKnob('cacheSize', { affects, applies: 'restart' })] }, cacheSize(3)],
  ['mixed-versions', { unevenKnobs: { cacheSize: 'cacheSize is declared by 2 of 3 instances' } }, cacheSize(3)],
  [
    'inactive-knob',
    {
      knobs: [intKnob('cacheSize', { affects, activeWhen: { cache: [true] } }), cacheSwitch],
      values: { cacheSize: 2, cache: false },
    },
    cacheSize(3),
  ],
  ['no-judged-effect', { knobs: [intKnob('cacheSize')] }, cacheSize(3)],
  [
    'risk-too-high',
    { knobs: [intKnob('cacheSize', { affects, risk: 'high' })], fleet: { policy: { ...defaultPolicy, aggressiveness: 1 } } },
    cacheSize(3),
  ],
  ['oscillating', { history: versions }, cacheSize(3)],
  ['awaiting-decision', { awaitingDecision: ['cacheSize'] }, cacheSize(3)],
  ['step-too-large', { fleet: { limits: limits({ maxSteps: [{ share: 0.2 }] }) } }, cacheSize(9), 'otherwise'],
  [
    'choice-too-far',
    { knobs: [orderedModels], trials: [modelTried('roll-back')] },
    [{ knob: 'model', from: 'large', to: 'small' }],
    'otherwise',
  ],
  [
    'costs-resources',
    {
      knobs: [intKnob('cacheSize', { affects: [...affects, { metric: 'resourceEfficiency', improves: 'decrease' }] })],
      fleet: { policy: { ...defaultPolicy, resourceMode: 'reduce' } },
    },
    cacheSize(3),
    'otherwise',
  ],
  [
    'costs-resources',
    {
      knobs: [intKnob('cacheSize', { affects: [...affects, { metric: 'resourceEfficiency', improves: 'decrease' }] })],
      shortages: ['cpuPercent of hunter/hunter-1'],
    },
    cacheSize(3),
    'otherwise',
  ],
  [
    'decided-by-person',
    {
      history: [
        { at: now - 2 * hourMs, values: { cacheSize: 4 } },
        { at: now - hourMs, values: { cacheSize: 2 }, byPerson: true },
      ],
    },
    cacheSize(3),
    'otherwise',
  ],
  ['rolled-back-recently', { trials: [rolledBack] }, cacheSize(5), 'otherwise'],
  [
    'against-objective',
    { trials: [slower], fleet: { objectives: [objectiveSchema.parse({ minimize: 'responseTime' })] } },
    cacheSize(3),
    'otherwise',
  ],
  ['agent-busy', { fleet: { running: [running('hunter')] } }, cacheSize(3), 'all the same'],
  [
    'neighbour-busy',
    { fleet: { running: [running('analyzer')], pairs: [['analyzer', 'hunter']] } },
    cacheSize(3),
    'all the same',
  ],
  [
    'high-load',
    { fleet: { running: [running('analyzer')], highLoad: 'box uses 98% of its CPU (limit: 90%)' } },
    cacheSize(3),
    'all the same',
  ],
  ['trial-limit', { fleet: { running: [running('analyzer')] } }, cacheSize(3), 'all the same'],
  [
    'candidate-limit',
    {
      fleet: {
        running: [running('analyzer', 2)],
        liveInstances: 10,
        caps: { concurrentTrials: 4, concurrentLongTrials: 4, candidateShareRatio: 0.2 },
      },
    },
    cacheSize(3),
    'all the same',
  ],
]

/** Depends on the strategy, which an explanation of an agent does not know. */
const aboutAStrategy = 'objective-changed'
/** Forbid only some changes of a knob: an explanation has those reasons even if one change is not among them. */
const aboutSomeChanges = new Set([...adjustmentRules, ...changeRules].map(({ code }) => code as string))

describe('every rule', () => {
  test('has a row in the table below', () => {
    expect([...new Set(rules.map(([code]) => code))].toSorted()).toEqual([...ruleCodes].toSorted())
  })

  test.each(rules)('%s: the planner, the admission of a trial and the explanation agree', (code, state, change, plans) => {
    const facts = eligibilityFacts(state)
    expect(planOn(eligibilityFacts()).strategies).not.toEqual([])

    const { reasons } = decideAdmission(facts, { actions: change }, 'optimizer')
    const reason = reasons.find((one) => one.code === code)
    expect(reason).toBeDefined()
    if (code !== aboutAStrategy) expect(explained(facts).map((one) => one.code)).toContain(code)

    const planned = planOn(facts)
    if (!plans) expect(planned.strategies).toEqual([])
    if (plans === 'all the same') expect(planned.strategies).not.toEqual([])
    for (const { actions } of planned.strategies) expect(findReasons(facts, actions, 'planning')).toEqual([])
    if (!plans && reason!.knob === null) expect(planned.reason).toContain(reason!.reason)
  })

  test('inactive-knob: what counts is what the knob depends on after the change', () => {
    const reasonsOf = (cache: boolean, change: KnobChange[]) => {
      const state = {
        knobs: [intKnob('cacheSize', { affects, activeWhen: { cache: [true] } }), cacheSwitch],
        values: { cacheSize: 2, cache },
      }
      return findReasons(eligibilityFacts(state), change, 'planning', 'person').map(({ knob, reason }) => `${knob}: ${reason}`)
    }
    const turnCache = (to: boolean): KnobChange => ({ knob: 'cache', from: !to, to })
    expect(reasonsOf(false, cacheSize(3))).toEqual(['cacheSize: not used while cache is false'])
    expect(reasonsOf(false, [turnCache(true), ...cacheSize(3)])).toEqual([])
    expect(reasonsOf(true, [turnCache(false), ...cacheSize(3)])).toEqual(['cacheSize: not used while cache is false'])
    expect(reasonsOf(true, [turnCache(false)])).toEqual([])
  })

  test('allows everything else, and exempts people from rules for the optimizer only', () => {
    expect(decideAdmission(eligibilityFacts(), { actions: cacheSize(3) }, 'optimizer').reasons).toEqual([])
    const forOptimizer = ['out-of-focus', 'too-few-executions', 'converged', 'no-judged-effect', 'risk-too-high', 'oscillating']
    for (const [code, state, change] of rules) {
      const { reasons } = decideAdmission(eligibilityFacts(state), { actions: change }, 'person')
      const isExempt = [
        ...forOptimizer,
        'awaiting-decision',
        'choice-too-far',
        'costs-resources',
        'decided-by-person',
        'rolled-back-recently',
        'against-objective',
        'high-load',
      ].includes(code)
      expect([code, reasons.some((reason) => reason.code === code)]).toEqual([code, !isExempt])
    }
  })
})

test('a running cycle heeds a pause and the focus by the codes and words of the rules', () => {
  const pause = { pausedBy: 'ada', reason: 'a release', since: new Date(now) }
  for (const focus of [null, 'hunter', 'analyzer']) {
    const policy = { ...defaultPolicy, focus, target: focus ?? undefined }
    for (const paused of [false, true]) {
      const { reasons } = decideAdmission(
        eligibilityFacts({ fleet: { policy, pause: paused ? pause : null } }),
        { actions: cacheSize(3) },
        'optimizer',
      )
      const inCycle = findCycleReasons({ focus, paused }, 'hunter')
      expect(inCycle.map(({ code }) => code)).toEqual(reasons.map(({ code }) => code))
      for (const [index, { reason }] of inCycle.entries())
        expect(reasons[index]!.reason).toBe(
          reason.replace('the optimizer is paused', `ada paused the optimizer at ${formatTimestamp(pause.since)} (a release)`),
        )
    }
  }
})

test('an explanation says how far, and in which direction, a knob may be turned', () => {
  const costly = [...affects, { metric: 'resourceEfficiency' as const, improves: 'decrease' as const }]
  const fleet = {
    policy: { ...defaultPolicy, resourceMode: 'reduce' as const },
    limits: limits({ maxSteps: [{ share: 0.2 }] }),
  }
  const told = explainAgent(agentFacts(eligibilityFacts({ knobs: [intKnob('cacheSize', { affects: costly })], fleet })))
  expect(told.restrictions?.map(({ code, knob }) => `${knob}: ${code}`)).toEqual([
    'cacheSize: step-too-large',
    'cacheSize: costs-resources',
  ])
  expect(told.sections.find(({ title }) => title === 'Restrictions')!.sentences).toEqual([
    "cacheSize: the operator's limits allow at most 20% of its range in one trial.",
    'cacheSize: raising it is declared to need more resources, and the resource mode is "reduce".',
  ])
})

test('a rule that is added counts for the planner without further ado', () => {
  const forbids = { code: 'step-too-large', blocks: 'planning', find: () => ({ reason: 'a new rule' }) } as const
  for (const rules of [adjustmentRules, changeRules] as Rule<unknown>[][]) {
    rules.push(forbids)
    try {
      expect(planOn(eligibilityFacts()).strategies).toEqual([])
    } finally {
      rules.pop()
    }
    expect(planOn(eligibilityFacts()).strategies).toHaveLength(1)
  }
})

test('a knob that takes effect only on a restart may be tried where instances can be restarted', () => {
  const knobs = [intKnob('cacheSize', { affects, applies: 'restart' })]
  expect(findReasons(eligibilityFacts({ knobs, canRestart: true }), cacheSize(3), 'planning')).toEqual([])
})

test('a knob may be tried, and by a person judged, by the declared metric that it affects', () => {
  const affects = [{ metric: 'energyJ', improves: 'decrease' as const }]
  const { fleet, ...facts } = eligibilityFacts()
  const knobs = facts.knobs.map((knob) => ({ ...knob, affects, unit: 'entries' }))
  const catalogue = createCatalogue([{ name: 'energyJ', unit: 'J', direction: 'lower', kind: 'continuous', description: '' }])
  const codes = (known: typeof catalogue) =>
    findReasons({ ...facts, knobs, fleet: { ...fleet, catalogue: known } }, cacheSize(3), 'planning').map(({ code }) => code)
  expect(codes(catalogue)).toEqual([])

  const request = { id: 'opt_1_a', agentId: facts.agentId, knobs, changes: cacheSize(3), requestedBy: 'ada', catalogue }
  const strategy = buildRequestedStrategy(request)
  expect(strategy).toMatchObject({ targetMetric: 'energyJ', declared: [{ name: 'energyJ', direction: 'lower' }] })
  expect(buildTrialGoal(strategy).target).toMatchObject({ metric: 'energyJ', direction: 'lower', kind: 'continuous' })
  expect(strategy.actions).toMatchObject([{ knob: 'cacheSize', to: 3, unit: 'entries' }])
  // A change that is tried again is judged by the same metric as before.
  const repeated = { id: 'opt_0_a', targetMetric: 'successRate' }
  expect(buildRequestedStrategy({ ...request, repeated })).toMatchObject({ targetMetric: 'successRate', repeats: 'opt_0_a' })
})

describe('a trial that was planned for an objective', () => {
  const [old, now] = ['costUsd', 'outputTokens'].map((minimize) =>
    objectiveSchema.parse({ minimize, tolerate: { successRate: 1 } }),
  )
  const { fleet, ...facts } = eligibilityFacts()
  const admit = (objective: Objective | undefined, objectives: Objective[]) =>
    decideAdmission({ ...facts, fleet: { ...fleet, objectives } }, { actions: cacheSize(3), objective }, 'person').reasons

  test('starts while the objective is the same, whatever the order of its keys', () => {
    expect(admit(undefined, [])).toEqual([])
    expect(admit({ tolerate: { successRate: 1 }, subjectTo: [], minimize: 'costUsd' }, [old!])).toEqual([])
  })

  test.each([
    [old, [now!]],
    [old, []],
    [undefined, [now!]],
  ])('does not start once there is another one, even for a person', (planned, objectives) => {
    expect(admit(planned, objectives)).toMatchObject([{ code: 'objective-changed', until: null }])
  })
})

test('in 1,000 states, the explanation gives exactly the reasons for which a trial is refused', () => {
  const state = arbitraryEligibilityFacts.chain((facts) =>
    fc
      .constantFrom(...facts.knobs)
      .chain((knob) =>
        arbitraryValue(knob).map((to) => ({ facts, change: { knob: knob.name, from: facts.values[knob.name]!, to } })),
      ),
  )
  fc.assert(
    fc.property(state, ({ facts, change }) => {
      const refused = [false, true].flatMap(
        (isLong) => decideAdmission({ ...facts, isLong }, { actions: [change] }, 'optimizer').reasons,
      )
      const told = explained(facts).filter(({ knob }) => knob === null || knob === change.knob)
      const list = (reasons: typeof told | typeof refused, always: boolean) => {
        const keys = reasons
          .filter(({ code }) => always !== aboutSomeChanges.has(code))
          .map(({ code, reason, knob }) => (always ? `${code} ${knob}: ${reason}` : `${code} ${knob}`))
        return [...new Set(keys)].toSorted()
      }
      expect(list(refused, true)).toEqual(list(told, true))
      expect(list(told, false)).toEqual(expect.arrayContaining(list(refused, false)))
    }),
    { numRuns: 1_000 },
  )
})

test('in any state, the planner plans nothing that would be refused, and says why nothing is planned as the explanation does', () => {
  fc.assert(
    fc.property(arbitraryEligibilityFacts, (facts) => {
      const { strategies, reason } = planOn(facts)
      for (const { actions } of strategies) expect(findReasons(facts, actions, 'planning')).toEqual([])
      const lasting = findReasons(facts, [], 'planning')
      if (lasting.length > 0) {
        expect(strategies).toEqual([])
        expect(reason).toBe(lasting.map((one) => one.reason).join('; '))
        expect(explained(facts).map((one) => one.reason)).toEqual(expect.arrayContaining(lasting.map((one) => one.reason)))
      }
    }),
    { numRuns: 200 },
  )
})

describe('over an ordered choice', () => {
  const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  const known = { mean: 0.9, standardError: 0.01, samples: 100 }
  const measured = { ...trialRecord({}).metrics.after, reported: { costUsd: known, qualityScore: known } }
  const measuredOnce = { ...measured, reported: { costUsd: known } }
  const far = (trials: FinishedTrial[], values = { model: 'large' }) =>
    findReasons(
      eligibilityFacts({ knobs: [orderedModels], values, trials, fleet: { objectives: [objective] } }),
      [{ knob: 'model', from: values.model, to: 'small' }],
      'planning',
    ).flatMap(({ code, reason }) => (code === 'choice-too-far' ? [reason] : []))

  test('a trial takes one step, and a further one only past a value that was measured and proven', () => {
    const both = { before: measured, after: measured }
    expect(far([])).toEqual(['small is not tried before medium, which lies between large and small'])
    expect(far([], { model: 'medium' })).toEqual([])
    expect(far([modelTried('keep', both)])).toEqual([])
    for (const verdict of ['undecided', 'roll-back'] as const)
      expect(far([modelTried(verdict, both)])).toEqual([
        'small is not tried because medium, which comes before it, was not proven',
      ])
  })

  test('a value counts as tried only if every metric of the objective was measured', () => {
    expect(far([modelTried('keep', { before: measured, after: measuredOnce })])).toHaveLength(1)
  })
})
