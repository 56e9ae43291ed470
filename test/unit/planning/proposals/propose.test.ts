import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildTrialLineages, type ProposalRequest, proposeChange } from '../../../../src/analysis/planning/proposals/index.ts'
import { excludeOppositeDirections, findKnownDirections } from '../../../../src/analysis/planning/proposals/known-directions.ts'
import { getAggressivenessSettings } from '../../../../src/analysis/policy/aggressiveness.ts'
import type { FinishedTrial, KnobChange } from '../../../../src/model/finished-trial.ts'
import { isSameValue, type Knob, type KnobInput, type KnobValues, validateKnobValue } from '../../../../src/model/knob.ts'
import { getScalePosition } from '../../../../src/model/knob-scale.ts'
import { builtInCatalogue } from '../../../../src/model/metric.ts'
import { arbitraryKnobs, arbitraryTrial, arbitraryValue } from '../../../support/arbitrary-knobs.ts'
import { agentKnobs, agentProfile, knob, measured, now, trialRecord } from '../../../support/profiles.ts'

interface Known extends Partial<ProposalRequest> {
  current?: KnobValues
  trials?: FinishedTrial[]
}

function request({ current = {}, trials = [], ...known }: Known): ProposalRequest {
  const byAgent = Map.groupBy(trials, ({ agentId }) => agentId)
  return {
    agent: agentProfile('market-hunter', { responseTimeP50: 2_000, configuration: { version: 1, values: current } }),
    knobs: agentKnobs,
    metric: 'responseTime',
    catalogue: builtInCatalogue,
    lineages: new Map([...byAgent].map(([agentId, ofAgent]) => [agentId, buildTrialLineages(ofAgent, builtInCatalogue)])),
    aggressiveness: 3,
    isOpen: () => true,
    allowed: (_knob, _from, to) => to,
    refused: () => undefined,
    ...known,
  }
}
const propose = (known: Known = {}) => {
  const proposal = proposeChange(request(known))
  return proposal === 'finished' ? undefined : proposal
}
const proposed = (known: Known = {}) => propose(known)?.changes ?? []
const turned = (known: Known = {}) => proposed(known).map((change) => change.knob)

type NumberInput = Extract<KnobInput, { type: 'int' | 'float' }>
const workers = (declared: Partial<NumberInput> = {}): Knob =>
  knob({
    name: 'workers',
    type: 'int',
    min: 1,
    max: 16,
    default: 4,
    purpose: 'parallelism',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
    ...declared,
  } as KnobInput)
const workersAfter = (known: Known, declared: Partial<NumberInput> = {}) =>
  proposed({ knobs: [workers(declared)], current: { workers: 4 }, ...known })[0]?.to

/** A trial on the agent as it stands, with times as they would have been measured. */
function tried(to: KnobValues, improvement: number, known: Partial<FinishedTrial> = {}): FinishedTrial {
  const baseline = known.baseline ?? { workers: 4 }
  return trialRecord({
    baseline,
    changes: Object.entries(to).map(([knob, value]) => ({ knob, from: baseline[knob]!, to: value })),
    improvement,
    interval: [improvement - 6, improvement + 6],
    metrics: {
      before: measured({ responseTimeP50: 2_000, responseTimeMean: 2_200 }),
      after: measured({ responseTimeP50: 2_000 * (1 - improvement / 100), responseTimeMean: 2_200 * (1 - improvement / 100) }),
    },
    ...known,
  })
}

/** Whether all of these changes go to what a trial tried, or part of the way. */
const areToward = (trial: FinishedTrial, changes: readonly KnobChange[]) =>
  changes.every(({ knob, from, to }) => {
    const tried = trial.changes.find((change) => change.knob === knob)?.to
    const [low, high] = [Number(from), Number(tried)].toSorted((a, b) => a - b) as [number, number]
    return isSameValue(tried, to) || (low <= Number(to) && Number(to) <= high)
  })

test('every proposal respects bounds, limits and types, changes something, is the same each time, and turns many knobs only to copy others', () => {
  const situation = arbitraryKnobs.chain((knobs) =>
    fc.record({
      knobs: fc.constant(knobs),
      current: fc
        .tuple(...knobs.map(arbitraryValue))
        .map((values) => Object.fromEntries(knobs.map(({ name }, i) => [name, values[i]!]))),
      trials: fc.array(arbitraryTrial(knobs), { maxLength: 6 }),
      aggressiveness: fc.integer({ min: 1, max: 5 }),
      metric: fc.constantFrom('responseTime' as const, 'successRate' as const, 'coordinationScore' as const),
      resourceMode: fc.constantFrom('normal' as const, 'reduce' as const),
      closed: fc.constantFrom('k0', 'k1'),
    }),
  )
  fc.assert(
    fc.property(situation, ({ closed, ...known }) => {
      const asked = { ...known, isOpen: ({ name }: Knob) => name !== closed }
      const changes = proposed(asked)
      const { bundleSize } = getAggressivenessSettings(known.aggressiveness)
      if (changes.length > bundleSize) expect(known.trials.some((trial) => areToward(trial, changes))).toBe(true)
      expect(proposed({ ...asked, maxChanges: bundleSize }).length).toBeLessThanOrEqual(bundleSize)
      for (const { knob: name, from, to } of changes) {
        const declared = known.knobs.find((one) => one.name === name)!
        expect(validateKnobValue(declared, to)).toBeUndefined()
        expect(from).toEqual(known.current[name])
        expect(isSameValue(from, to)).toBe(false)
        expect(name).not.toBe(closed)
        expect(declared.affects.map(({ metric }) => metric)).toContain(known.metric)
        if (declared.type === 'int' || declared.type === 'float') {
          const positions = [from, to, declared.min, declared.max].map((value) => getScalePosition(declared, value))
          const [step, range] = [Math.abs(positions[1]! - positions[0]!), positions[3]! - positions[2]!]
          const isSmall = step < 0.02 * range && Math.abs(Number(to) - Number(from)) < 0.05 * Math.abs(Number(from))
          expect(isSmall, `${from} to ${to}`).toBe(false)
        }
      }
      expect(proposed(asked)).toEqual(changes)
    }),
    { numRuns: 25 },
  )
})

test('a knob that is not meant to be turned keeps its value, however many digits it has', () => {
  const affects = (improves: 'increase' | 'unknown') => [{ metric: 'successRate' as const, improves }]
  const odd = { type: 'float', min: 1, default: 1, purpose: 'decision', scale: 'log' } as const
  const knobs = [
    knob({ name: 'a', ...odd, max: 2.652844116484287, affects: affects('unknown') }),
    knob({ name: 'b', ...odd, max: 1.0331847564130898, affects: affects('increase') }),
  ]
  const current = { a: 1.2500028965978094, b: 1.0061420473175944 }
  expect(turned({ knobs, current, aggressiveness: 1, metric: 'successRate' })).toEqual(['a'])
})

describe('after a choice has proven itself', () => {
  const affects = [{ metric: 'responseTime' as const }]
  const mode = knob({ type: 'enum', name: 'mode', values: ['a', 'b', 'c'], default: 'a', purpose: 'computation', affects })

  test('it is not reversed, however much other knobs have gained since', () => {
    const knobs = [mode, workers({ max: 64, affects })]
    const arms = (before: number, after: number) => ({
      before: measured({ responseTimeP50: before }),
      after: measured({ responseTimeP50: after }),
    })
    const lineage = [
      tried({ mode: 'b' }, 60, { baseline: { mode: 'a', workers: 4 }, metrics: arms(20_000, 8_000) }),
      tried({ workers: 8 }, 60, { baseline: { mode: 'b', workers: 4 }, metrics: arms(8_000, 3_200) }),
      tried({ workers: 14 }, 60, { baseline: { mode: 'b', workers: 8 }, metrics: arms(3_200, 1_280) }),
    ]
    for (const agentId of ['market-hunter', 'second', 'third', 'fourth', 'fifth']) {
      const trials = lineage.map((trial) => ({ ...trial, agentId }))
      const values = { mode: 'b', workers: 14 }
      const agent = agentProfile(agentId, { responseTimeP50: 1_280, configuration: { version: 4, values } })
      const changes = proposed({ agent, knobs, trials })
      expect(changes.filter(({ to }) => to === 'a')).toEqual([])
    }
  })

  test('what was learned before still counts, even if the earlier choice may not be tried again', () => {
    const knobs = [mode, workers()]
    const trials = [tried({ workers: 8 }, -60), tried({ workers: 6 }, -40), tried({ mode: 'b' }, 30)].map((trial) => ({
      ...trial,
      baseline: { mode: 'a', workers: 4 },
    }))
    const allowed: ProposalRequest['allowed'] = (_knob, _from, to) => (to === 'a' ? undefined : to)
    const changes = proposed({ knobs, trials, current: { mode: 'b', workers: 4 }, allowed })
    expect(changes.filter(({ knob, to }) => knob === 'workers' && Number(to) > 4)).toEqual([])
  })
})

describe('before anything has been tried', () => {
  test('knobs are turned in the declared direction', () => {
    const responseTimeKnobs = ['sourceParallelism', 'cacheTtlMs', 'depth']
    const changes = proposed({ current: Object.fromEntries(agentKnobs.map((each) => [each.name, each.default])) })
    expect(changes.length).toBeGreaterThan(0)
    for (const { knob: name, from, to } of changes) {
      expect(responseTimeKnobs).toContain(name)
      expect(Math.sign(Number(to) - Number(from))).toBe(name === 'depth' ? -1 : 1)
    }
  })

  test('a higher aggressiveness goes further', () => {
    const [timid, bold] = [1, 5].map((aggressiveness) => Number(workersAfter({ aggressiveness }, { max: 1_000 })))
    expect(bold!).toBeGreaterThan(timid!)
    expect(timid).toBeGreaterThan(4)
  })

  test('a declared direction is promising, whether it lowers a time or raises a rate', () => {
    for (const metric of ['responseTime', 'successRate', 'coordinationScore'] as const) {
      const knobs = [workers({ affects: [{ metric, improves: 'increase' }] })]
      expect(propose({ knobs, metric, current: { workers: 4 } })?.isPromising).toBe(true)
    }
  })

  test('no knob is turned that is forbidden or does not affect the metric', () => {
    expect(workersAfter({ isOpen: () => false })).toBeUndefined()
    expect(workersAfter({ metric: 'successRate' })).toBeUndefined()
  })

  test('a choice about which nothing is known is still tried', () => {
    const format = knob({
      name: 'format',
      type: 'enum',
      values: ['short', 'long'],
      default: 'long',
      purpose: 'protocol',
      affects: [{ metric: 'coordinationScore' }],
    })
    expect(proposed({ knobs: [format], metric: 'coordinationScore' })).toEqual([{ knob: 'format', from: 'long', to: 'short' }])
  })

  test('numbers stay within what the limits allow', () => {
    expect(workersAfter({ allowed: (_knob, _from, to) => Math.min(5, Math.max(4, Number(to))) })).toBe(5)
    expect(workersAfter({ allowed: () => undefined })).toBeUndefined()
  })
})

describe('after trials', () => {
  test('a change that helped is taken further', () => {
    const trials = [tried({ workers: 8 }, 30)]
    const shown = agentProfile('market-hunter', { responseTimeP50: 1_400, configuration: { version: 2, values: { workers: 8 } } })
    expect(workersAfter({ trials, agent: shown })).toBeGreaterThan(8)
  })

  test('knobs of a change that helped one metric can still be turned for another that was not measured', () => {
    const rounds = agentKnobs.find(({ name }) => name === 'rounds')!
    const known = { knobs: [workers(), rounds], metric: 'coordinationScore' as const }
    const baseline = { workers: 4, rounds: rounds.default }
    const values = { ...baseline, workers: 8 }
    const shown = { responseTimeP50: 1_400, coordinationScore: 0.5, configuration: { version: 2, values } }
    const trials = [tried({ workers: 8 }, 30, { baseline })]
    expect(turned({ ...known, trials, agent: agentProfile('market-hunter', shown) })).toEqual(['rounds'])
  })

  test('a change that did harm is not tried again, nor anything beyond it', () => {
    const trials = [tried({ workers: 6 }, -40, { verdict: 'roll-back' })]
    expect(Number(workersAfter({ trials }) ?? 4)).toBeLessThan(6)
  })

  test('a change that violated a guardrail is no gain, however much faster it was', () => {
    const trials = [tried({ workers: 7 }, 30, { verdict: 'roll-back' }), tried({ workers: 9 }, 35, { verdict: 'roll-back' })]
    expect(Number(workersAfter({ trials }) ?? 4)).toBeLessThan(7)
  })

  test('a change that would cost too much time is not tried for the success rate', () => {
    const arm = (ms: number, successRate: number) => measured({ responseTimeP50: ms, responseTimeMean: 1.05 * ms, successRate })
    const next = (ms: number) => {
      const metrics = { before: arm(2_000, 0.8), after: arm(ms, 0.92) }
      const known: Partial<FinishedTrial> = { metric: 'successRate', interval: [9, 15], verdict: 'undecided', metrics }
      const knobs = [
        workers({
          affects: ['successRate', 'responseTime'].map((metric) => ({ metric, improves: 'unknown' })) as Knob['affects'],
        }),
      ]
      return proposed({ knobs, current: { workers: 4 }, metric: 'successRate', trials: [tried({ workers: 8 }, 12, known)] })
    }
    expect(Number(next(2_000)[0]?.to)).toBeGreaterThanOrEqual(8)
    expect(Number(next(6_000)[0]?.to ?? 4)).toBeLessThan(8)
  })

  test('candidates that fell silent count as harm, although nothing was measured', () => {
    const trials = [tried({ workers: 6 }, 0, { verdict: 'roll-back', improvement: null, interval: null })]
    expect(Number(workersAfter({ trials }) ?? 4)).toBeLessThan(6)
  })

  test('a promising change that could not be proven is tried again, or a bolder one', () => {
    const trials = [tried({ workers: 8 }, 20, { verdict: 'undecided' })]
    expect(workersAfter({ trials })).toBeGreaterThanOrEqual(8)
  })

  test('a change that a person rolled back is not proposed again', () => {
    const first = proposed({ knobs: [workers()], current: { workers: 4 } })
    const refused: ProposalRequest['refused'] = ([change]) => (isSameValue(change?.to, first[0]!.to) ? change!.knob : undefined)
    expect(proposed({ knobs: [workers()], current: { workers: 4 }, refused })).toEqual([])
    const both = proposed({ refused: (changes) => changes.find(({ knob }) => knob === 'sourceParallelism')?.knob })
    expect(both.length).toBeGreaterThan(0)
    expect(both.map(({ knob }) => knob)).not.toContain('sourceParallelism')
  })

  test('experience of other agents of the kind saves the first steps', () => {
    const sibling = (to: number, improvement: number) =>
      tried({ workers: to }, improvement, { agentId: 'sibling', verdict: improvement > 0 ? 'keep' : 'roll-back' })
    const trials = [sibling(6, 25), sibling(12, -60)]
    const to = Number(workersAfter({ trials }))
    expect(to).toBeGreaterThanOrEqual(5)
    expect(to).toBeLessThan(10)
    expect(workersAfter({ trials: [sibling(6, -60), sibling(2, 30)] })).toBeLessThan(4)
  })
})

describe('when an agent has changed its bounds', () => {
  const queue = { ...workers(), name: 'queue' }

  test('a knob whose value is beyond them is left as it is, and others are turned', () => {
    expect(turned({ knobs: [workers(), queue], current: { workers: 99, queue: 4 } })).toEqual(['queue'])
    expect(proposed({ knobs: [workers()], current: { workers: 99 } })).toEqual([])
  })

  test('trials beyond them no longer count', () => {
    const beyond = tried({ workers: 32 }, 30, { verdict: 'undecided' })
    const known = { knobs: [workers()], current: { workers: 4 } }
    expect(proposed({ ...known, trials: [beyond] })).toEqual(proposed(known))
    expect(proposed({ ...known, trials: [{ ...beyond, agentId: 'sibling' }] })).not.toEqual([])
  })
})

test('the best configuration of another agent of the kind can be copied as a whole, unless strategies have to share the knobs', () => {
  const names = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']
  const knobs = names.map((name) => ({ ...workers(), name }))
  const all = (value: number) => Object.fromEntries(names.map((name) => [name, value]))
  const sibling = (agentId: string) => tried(all(12), 60, { agentId, baseline: all(4), interval: [57, 63] })
  const known = { knobs, current: all(4), trials: ['s1', 's2', 's3'].map(sibling) }
  expect(turned(known).length).toBeGreaterThan(3)
  expect(turned({ ...known, maxChanges: 1 })).toHaveLength(1)
})

test('experience of others of the kind counts, however many knobs there are', () => {
  const names = Array.from({ length: 60 }, (_, i) => `k${i}`)
  const knobs = names.map((name) => workers({ name, affects: [{ metric: 'responseTime', improves: 'unknown' }] }))
  const current = Object.fromEntries(names.map((name) => [name, 4]))
  const known = { baseline: current, interval: [47, 53] } satisfies Partial<FinishedTrial>
  const trials = ['s1', 's2', 's3'].map((agentId) => tried({ k40: 10 }, 50, { agentId, ...known }))
  expect(turned({ knobs, current, trials })).toContain('k40')
})

test('three proven trials more than halve a response time made of waiting, cache misses and computing', () => {
  const current: KnobValues = Object.fromEntries(agentKnobs.map((declared) => [declared.name, declared.default]))
  const responseTime = (values: KnobValues) =>
    (2400 / Math.min(8, Number(values.sourceParallelism))) * (1 / (1 + Number(values.cacheTtlMs) / 300_000)) +
    50 * Number(values.depth)
  const trials: FinishedTrial[] = []
  const before = responseTime(current)
  for (let i = 0; i < 3; i++) {
    const agent = agentProfile('market-hunter', {
      responseTimeP50: responseTime(current),
      configuration: { version: 1, values: { ...current } },
    })
    const changes = proposed({ agent, trials })
    const changed = { ...current, ...Object.fromEntries(changes.map((change) => [change.knob, change.to])) }
    const improvement = (1 - responseTime(changed) / responseTime(current)) * 100
    const verdict = improvement > 5 ? 'keep' : improvement < -5 ? 'roll-back' : 'undecided'
    trials.push(tried(changed, improvement, { baseline: { ...current }, changes, verdict, at: now + i }))
    if (verdict === 'keep') Object.assign(current, changed)
  }
  expect(responseTime(current)).toBeLessThan(before / 2)
})

describe('a candidate that failed', () => {
  const ended = (known: Partial<FinishedTrial>) =>
    tried({ workers: 8 }, 0, { verdict: 'roll-back', unjudged: true, improvement: null, interval: null, ...known })

  test('is not proposed again, and neither is what lies beyond it', () => {
    const after = Number(workersAfter({ trials: [ended({ failed: true })], aggressiveness: 5 }) ?? 4)
    expect(after).toBeLessThan(8)
    expect(Number(workersAfter({ trials: [ended({})], aggressiveness: 5 }))).toBeGreaterThanOrEqual(8)
  })
})

test('exploration never turns a knob against the direction that is declared or measured', () => {
  const down = { ...workers(), affects: [{ metric: 'responseTime' as const, improves: 'decrease' as const }] }
  const knobs = [
    workers(),
    { ...workers(), name: 'threads', affects: [{ metric: 'responseTime' as const, improves: 'unknown' as const }] },
    { ...down, name: 'depth' },
  ]
  const baseline = { workers: 4, threads: 4, depth: 4 }
  const slower = tried({ threads: 8 }, -30, { baseline, verdict: 'roll-back', interval: [-34, -26] })
  const asked = { ...request({ knobs, current: baseline }), trials: [slower] }
  expect(findKnownDirections(asked)).toEqual(
    new Map([
      ['workers', 1],
      ['threads', -1],
      ['depth', -1],
    ]),
  )
  const helps = tried({ workers: 2 }, 30, { baseline, interval: [26, 34] })
  expect(findKnownDirections({ ...asked, trials: [helps] }).get('workers')).toBe(-1)
  const bounds = { workers: { min: 1, max: 16 }, threads: { min: 1, max: 4 }, depth: { min: 4, max: 16 } }
  expect(excludeOppositeDirections(bounds, baseline, findKnownDirections(asked), knobs)).toEqual({
    workers: { min: 4, max: 16 },
    threads: { min: 1, max: 4 },
  })
})

describe('a knob that turned out to be flat', () => {
  const flat = [1, 2, 3, 6, 8, 12, 16].map((to, i) => tried({ workers: to }, 0, { verdict: 'undecided', at: now - 1e6 + i }))
  const known = { knobs: [workers()], current: { workers: 4 }, trials: flat }

  test('costs no more trials: there is nothing to gain', () => {
    expect(proposeChange({ ...request(known), trials: flat })).toBe('finished')
  })

  test('is tried again when the agent has shifted, and another knob whenever it is declared', () => {
    const shifted = agentProfile('market-hunter', {
      responseTimeP50: 9_000,
      configuration: { version: 1, values: { workers: 4 } },
    })
    expect(proposeChange({ ...request({ ...known, agent: shifted }), trials: flat })).toMatchObject({
      changes: [{ knob: 'workers' }],
    })
    const queue = workers({ name: 'queue' })
    const more = request({ ...known, knobs: [workers(), queue], current: { workers: 4, queue: 4 } })
    expect(proposeChange({ ...more, trials: flat })).toMatchObject({
      changes: expect.arrayContaining([{ knob: 'queue', from: 4, to: expect.any(Number) }]),
    })
  })
})

describe('measurements that are flat, the best of them with a choice that is off limits', () => {
  const affects = [{ metric: 'responseTime' as const }]
  const model = knob({
    type: 'enum',
    name: 'model',
    values: ['large', 'small'],
    default: 'large',
    purpose: 'computation',
    affects,
  })
  const baseline = { workers: 10, model: 'large' }
  const large = [12, 14, 16, 11, 13].map((to, i) => ({ changed: { workers: to }, gain: [-1, -4, 0, -3, -0.5][i]! }))
  const small = [12, 15, 20, 25, 30].map((to, i) => ({
    changed: { workers: to, model: 'small' },
    gain: [1, -2, 8, 11, 13.5][i]!,
  }))

  test.each([4, 12])('end the search, rather than plan for ever or try a part of it that nobody measured: ±%i%%', (reach) => {
    const trials = [...large, ...small].map(({ changed, gain }, i) =>
      tried(changed, gain, { baseline, verdict: 'undecided', interval: [gain - reach, gain + reach], at: now - 1e6 + i }),
    )
    let asked = 0
    const refused: ProposalRequest['refused'] = (changes) => {
      if (++asked > 50) throw new Error('it plans for ever')
      return changes.find(({ knob }) => knob === 'model')?.knob
    }
    const known = {
      knobs: [workers({ max: 100, default: 10, affects }), model],
      current: baseline,
      trials,
      isOpen: ({ name }: Knob) => name !== 'model',
      allowed: (_knob: Knob, _from: unknown, to: KnobValues[string]) => Math.min(20, Math.max(5, Number(to))),
      refused,
    }
    expect(proposeChange({ ...request(known), trials })).toBe('finished')
  })
})

test('a knob is not tried while a knob that affects nothing by itself keeps it from having an effect', () => {
  const hedge = knob({ name: 'hedge', type: 'bool', default: false, purpose: 'parallelism' })
  const after = workers({ activeWhen: { hedge: [true] } })
  const turnedWhile = (on: boolean) => turned({ knobs: [after, hedge], current: { hedge: on, workers: 4 } })
  expect(turnedWhile(true)).toEqual(['workers'])
  expect(turnedWhile(false)).toEqual([])
})

test('the first turn of a knob goes the way that its author declared, and promises to help where a tenth of the range is left', () => {
  for (const improves of ['increase', 'decrease'] as const)
    for (const value of [1, 4, 8, 16, 32, 48, 56, 60, 64]) {
      const rounds = workers({ max: 64, default: value, affects: [{ metric: 'responseTime', improves }] })
      const proposal = propose({ knobs: [rounds], current: { workers: value } })
      const [change] = proposal?.changes ?? []
      const turned = change ? Math.sign(Number(change.to) - value) : 0
      const [way, left] = improves === 'increase' ? [1, 64 - value] : [-1, value - 1]
      expect({ value, improves, turned }).toEqual({ value, improves, turned: left > 0 ? way : 0 })
      if (left > 6.3) expect(proposal).toMatchObject({ isPromising: true })
    }
})
