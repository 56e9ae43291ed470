import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AgentFacts } from '../../../src/analysis/reporting/explaining/agent-facts.ts'
import { explainAgent } from '../../../src/analysis/reporting/explaining/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import type { Origin } from '../../../src/model/origin.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { arbitraryTrialFacts } from '../../support/arbitrary-trial-facts.ts'
import { intKnob } from '../../support/store.ts'
import { kept, planned, putBack, recordedTrial, second } from '../../support/trial-facts.ts'

const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
const knobs = [intKnob('cacheSize', { affects, unit: 'entries' }), intKnob('parallelism', { affects }), intKnob('depth')]
const version = (number: number, origin: Origin, seconds: number, values: KnobValues, reason = 'A reason') => ({
  version: number,
  origin,
  since: second(seconds),
  values,
  reason,
  trialId: origin === 'trial' || origin === 'restore' ? 'opt_1_abcde' : null,
})
const began = version(1, 'default', 0, { cacheSize: 2, parallelism: 2, depth: 2 })

function agent(known: Partial<AgentFacts> = {}): AgentFacts {
  return {
    agentId: 'hunter',
    kind: 'hunter',
    instances: { live: 2, known: 3 },
    executions: 50,
    knobs,
    history: [began],
    trials: [],
    policy: defaultPolicy,
    pause: null,
    limits: limitsSchema.parse({}),
    lock: null,
    changesLastHour: 0,
    resting: [],
    approvals: [],
    left: [],
    watchMs: 1_200_000,
    schedule: null,
    now: second(1_000),
    ...known,
  }
}

const section = (facts: AgentFacts, title: string) =>
  explainAgent(facts)
    .sections.find((one) => one.title.includes(title))!
    .sentences.join('\n')

const ofTrial = (facts: ReturnType<typeof kept>) => ({ ...facts.trial!, strategy: facts.strategy, result: facts.result })

describe('an agent', () => {
  test('that was changed shows what it began with, and who or what turned each knob when', () => {
    const history = [
      began,
      version(2, 'trial', 10, { cacheSize: 4, parallelism: 2, depth: 2 }),
      version(3, 'operator', 20, { cacheSize: 4, parallelism: 5, depth: 2 }, 'ada set parallelism'),
      version(4, 'restore', 30, { cacheSize: 2, parallelism: 5, depth: 2 }),
    ]
    const facts = agent({ history })
    expect(section(facts, 'settings').split('\n')).toEqual([
      'Version 4 is in force since 2026-11-21T11:00:30Z; it began with version 1 at 2026-11-21T11:00:00Z.',
      'cacheSize is 2 entries, as in the beginning: 2 → 4 at 2026-11-21T11:00:10Z by trial opt_1_abcde, which was kept; 4 → 2 at 2026-11-21T11:00:30Z by the roll-back of opt_1_abcde.',
      'parallelism is 5, 2 in the beginning: 2 → 5 at 2026-11-21T11:00:20Z by a person or the agent itself (ada set parallelism).',
      '1 knob stands where the agent began.',
    ])
    expect(explainAgent(facts)).toMatchObject({
      summary: 'hunter, of the kind hunter, runs on 2 of 3 known instances with 1 of 3 knobs set otherwise than it began.',
      undo: 'npx optimizer restore hunter --to 1',
    })
  })

  test('shows its latest trials in a line each, and what the kept ones came to together', () => {
    const undecided = putBack('undecided', 'no effect on response time was proven')
    const facts = agent({ trials: [ofTrial(kept()), ofTrial(undecided)] })
    expect(section(facts, 'latest trials').split('\n')).toEqual([
      '2026-11-21T11:00:10Z  opt_1_abcde: cacheTtlMs from 0 to 600: keep (response time is better), response time +23.4% (+12.1 to +33.0).',
      expect.stringContaining('undecided (no effect on response time was proven)'),
    ])
    expect(section(facts, 'kept changes')).toContain('response time +23.4% (+12.1 to +33.0), by 1 kept trial.')
    expect(section(agent(), 'latest trials')).toBe('Nothing has been tried on it.')
  })

  test('that nothing holds back says so', () => {
    expect(section(agent({ knobs: knobs.slice(0, 2) }), 'held back')).toBe('Nothing: all of its knobs may be turned.')
  })

  test.each<[string, Partial<AgentFacts>]>([
    [
      'ada paused the optimizer at 2026-11-21T11:00:05Z (a release)',
      { pause: { pausedBy: 'ada', reason: 'a release', since: second(5) } },
    ],
    ['The policy in force is not known at present', { policy: null }],
    ['the focus is on analyzer', { policy: { ...defaultPolicy, focus: 'analyzer' } }],
    ['limits are not understood: limits.json cannot be', { limits: 'limits.json cannot be' }],
    [
      'hunter was changed 2 times within the last hour',
      { limits: limitsSchema.parse({ maxChangesPerHour: 2 }), changesLastHour: 2 },
    ],
    [
      "cacheSize: the operator's limits forbid to touch it.",
      { limits: limitsSchema.parse({ neverTouch: [{ knob: 'cacheSize' }] }) },
    ],
    ["opt_9_x holds the agent's lock", { lock: { trialId: 'opt_9_x', expiresAt: second(1_010) } }],
    ['no instance of hunter is running', { instances: { live: 0, known: 3 } }],
    ['12 of its executions are measured, and 20 are needed', { executions: 12 }],
    [
      'cacheSize and parallelism: a person is asked about it, or has declined it lately',
      { resting: ['cacheSize', 'parallelism'] },
    ],
    ['depth: the agent does not say that it affects anything', {}],
    ['it takes effect on a restart only', { knobs: [intKnob('cacheSize', { affects, applies: 'restart' })] }],
    ['a person is asked first: the autonomy on hunter is 0.80', { knobs: [intKnob('cacheSize', { affects, risk: 'high' })] }],
    [
      'at aggressiveness 1 only risk up to low is taken',
      { knobs: [intKnob('cacheSize', { affects, risk: 'high' })], policy: { ...defaultPolicy, aggressiveness: 1 } },
    ],
    [
      'it was turned to and fro within a day, and rests until 2026-11-22T11:00:30Z',
      {
        history: [2, 4, 2, 4].map((cacheSize, index) => version(index + 1, 'trial', 10 * index, { ...began.values, cacheSize })),
      },
    ],
  ])('is held back: %s', (reason, known) => {
    expect(section(agent(known), 'held back')).toContain(reason)
  })

  test('says what comes next: trials that run, what waits for a person, what is watched, and the next cycle', () => {
    const running = { ...ofTrial(kept()), ...recordedTrial({ state: 'observing', endedAt: null }), result: null }
    const facts = agent({
      trials: [running, ofTrial(kept())],
      approvals: [{ trialId: 'opt_5_asks', until: second(3_600), strategy: planned().strategy }],
      left: [{ strategy: planned().strategy, because: 'no time left in this cycle' }],
      history: [began, version(2, 'trial', 60, { ...began.values, cacheSize: 4 })],
      schedule: { nextCycleAt: second(1_200), pausedBecause: null },
    })
    const next = section(facts, 'comes next')
    expect(next).toContain('opt_1_abcde goes on to its end (cacheTtlMs from 0 to 600, observing).')
    expect(next).toContain('opt_5_asks waits for a person until 2026-11-21T12:00:00Z')
    expect(next).toContain('is watched for late harm until 2026-11-21T11:21:30Z')
    expect(next).toContain('was left by the last cycle: no time left in this cycle')
    expect(next).toContain('The next cycle looks at it at about 2026-11-21T11:20:00Z.')
    expect(next).toContain('npx optimizer cycle --target hunter --dry-run')
  })

  test('says that no cycle comes by itself while the Schedule is paused, and how it is resumed', () => {
    const facts = agent({ schedule: { nextCycleAt: second(1_200), pausedBecause: 'release weekend' } })
    expect(section(facts, 'comes next')).toContain(
      'No cycle begins by itself, since the Schedule is paused (release weekend): npx optimizer cycle --target hunter starts one, and npm run temporal -- schedule toggle --schedule-id optimization-cycle --unpause has them begin again.',
    )
    expect(section(facts, 'comes next')).not.toContain('2026-11-21T11:20:00Z')
  })

  test.each([
    ['a person decided on the agent', version(3, 'operator', 100, { cacheSize: 4, parallelism: 5, depth: 2 })],
    ['a person set the same once more', version(3, 'operator', 100, { ...began.values, cacheSize: 4 })],
    ['a further change was kept', version(3, 'trial', 100, { cacheSize: 4, parallelism: 5, depth: 2 })],
    ['it was put back', version(3, 'restore', 100, began.values)],
  ])('is not said to be watched since %s', (_, later) => {
    const trials = [ofTrial(kept())]
    const history = [began, version(2, 'trial', 60, { ...began.values, cacheSize: 4 })]
    expect(section(agent({ trials, history }), 'comes next')).toContain('is watched for late harm')
    expect(section(agent({ trials, history: [...history, later] }), 'comes next')).not.toContain('watched')
  })

  test('is explained in whole sentences whatever stands on record of its trials', () => {
    fc.assert(
      fc.property(fc.array(arbitraryTrialFacts, { maxLength: 5 }), (facts) => {
        const trials = facts.flatMap((one) => (one.trial ? [{ ...one.trial, strategy: one.strategy, result: one.result }] : []))
        const history = [began, ...facts.flatMap(({ versions }) => versions.map((one) => ({ ...one, since: one.createdAt })))]
        const { summary, sections } = explainAgent(agent({ trials, history, knobs: facts.flatMap((one) => one.knobs) }))
        const sentences = [summary, ...sections.flatMap((one) => one.sentences)]
        expect(sentences.filter((sentence) => /NaN|\[object|Invalid/.test(sentence))).toEqual([])
      }),
    )
  })
})
