import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AgentFacts } from '../../../src/analysis/reporting/explaining/agent-facts.ts'
import { explainAgent, summarizeCountermeasures } from '../../../src/analysis/reporting/explaining/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import { builtInCatalogue as catalogue } from '../../../src/model/metric.ts'
import type { Origin } from '../../../src/model/origin.ts'
import { anomaly } from '../../support/anomalies.ts'
import { arbitraryTrialFacts } from '../../support/arbitrary-trial-facts.ts'
import { agentFacts, eligibilityFacts } from '../../support/eligibility.ts'
import { trialRecord } from '../../support/profiles.ts'
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
  requestId: origin === 'operator' ? 'restore-hunter/1' : null,
})
const rolledBack = trialRecord({
  changes: [{ knob: 'cacheSize', from: 2, to: 4 }],
  verdict: 'roll-back',
  at: second(0).getTime(),
})
const began = version(1, 'default', 0, { cacheSize: 2, parallelism: 2, depth: 2 })

type State = Parameters<typeof eligibilityFacts>[0] & { facts?: Partial<AgentFacts> }

function agent({ facts = {}, fleet, ...state }: State = {}): AgentFacts {
  const eligibility = eligibilityFacts({
    knobs,
    values: began.values,
    ...state,
    fleet: { now: second(1_000).getTime(), ...fleet },
  })
  return agentFacts(eligibility, { history: [began], instances: { live: eligibility.liveInstances, known: 3 }, ...facts })
}

type Found = NonNullable<Parameters<typeof summarizeCountermeasures>[1]['found']>
const nothingTried = summarizeCountermeasures(
  { component: 'market-hunter', metric: 'responseTime' },
  { begun: [], total: 0, found: null },
  catalogue,
)

const section = (facts: AgentFacts, title: string) =>
  explainAgent(facts)
    .sections.find((one) => one.title === title)!
    .sentences.join('\n')

const ofTrial = (facts: ReturnType<typeof kept>) => ({
  ...facts.trial!,
  strategy: facts.strategy,
  result: facts.result && { ...facts.result, standing: facts.standing ?? ('restored' as const) },
})

describe('an agent', () => {
  test('that was changed shows its initial values, and when and by whom each knob was changed', () => {
    const history = [
      began,
      version(2, 'trial', 10, { cacheSize: 4, parallelism: 2, depth: 2 }),
      version(3, 'operator', 20, { cacheSize: 4, parallelism: 5, depth: 2 }, 'ada set parallelism'),
      version(4, 'restore', 30, { cacheSize: 2, parallelism: 5, depth: 2 }),
    ]
    const facts = agent({ facts: { history } })
    expect(section(facts, 'Settings').split('\n')).toEqual([
      'Version 4 has been in force since 2026-11-21T11:00:30Z; the initial one was version 1, at 2026-11-21T11:00:00Z.',
      'cacheSize is 2 entries (its initial value): 2 → 4 at 2026-11-21T11:00:10Z by trial opt_1_abcde, which was kept; 4 → 2 at 2026-11-21T11:00:30Z by the rollback of opt_1_abcde.',
      'parallelism is 5 (initially 2): 2 → 5 at 2026-11-21T11:00:20Z by a person or the agent itself (ada set parallelism).',
      '1 knob has its initial value: depth 2.',
    ])
    expect(explainAgent(facts)).toMatchObject({
      summary: 'hunter (kind hunter) runs on 2 of 3 known instances; 1 of 3 knobs differs from its initial configuration.',
      undo: 'npx optimizer restore hunter --to 1',
    })
  })

  test('with a knob that a later release added says so', () => {
    const history = [version(1, 'default', 0, { cacheSize: 2, parallelism: 2 }), version(2, 'default', 10, began.values)]
    expect(section(agent({ facts: { history } }), 'Settings')).toContain(
      'depth is 2 (added later): added with 2 at 2026-11-21T11:00:10Z',
    )
  })

  test('with a kept change that was undone is not said to have rolled it back', () => {
    const trials = [{ ...rolledBack, verdict: 'keep' as const, undoneAt: second(10).getTime() }]
    expect(section(agent({ trials }), 'Restrictions')).toContain(
      'cacheSize from 2 to 4 was kept and undone later; no part of it is tried again until',
    )
  })

  test('shows its latest trials, one per line, and the total effect of the kept ones', () => {
    const undecided = putBack('undecided', 'an effect of at least 5% on response time was not proven')
    const facts = agent({ facts: { trials: [ofTrial(kept()), ofTrial(undecided)] } })
    expect(section(facts, 'Latest trials').split('\n')).toEqual([
      '2026-11-21T11:00:10Z  opt_1_abcde: cacheTtlMs from 0 to 600: keep, is in force (response time is better), 23.4% faster (12.1 to 33.0% faster).',
      expect.stringContaining('undecided (an effect of at least 5% on response time was not proven)'),
    ])
    expect(section(facts, 'Total effect of kept changes')).toContain('23.4% faster (12.1 to 33.0% faster), from 1 kept trial.')
    expect(section(agent(), 'Latest trials')).toBe('Nothing has been tried on it.')
  })

  test('says what is unusual about it, and when that ended', () => {
    expect(explainAgent(agent()).sections.map(({ title }) => title)).not.toContain('Anomalies')
    const gap = 'Anomaly detection is disabled.'
    expect(section(agent({ facts: { anomalyGap: gap } }), 'Anomalies')).toBe(gap)
    const anomalies = [
      { anomaly: anomaly(), explanation: 'It is slow.', done: nothingTried },
      { anomaly: anomaly({ endedAt: second(5).getTime() }), explanation: 'It failed.', done: null },
    ]
    expect(section(agent({ facts: { anomalies } }), 'Anomalies').split('\n')).toEqual([
      'It is slow.',
      'Nothing was tried in response: no cycle has identified it as a bottleneck.',
      `It failed. It ended at ${second(5).toISOString().replace('.000Z', 'Z')}.`,
    ])
  })

  test('says what was done against it: what was tried, on which agent and with which result, or why nothing was', () => {
    const trial = ofTrial(kept())
    const bottleneck = { component: 'hunter', metric: 'responseTime' }
    const planned = { ...trial, approval: null, leftBecause: null }
    const { tried, ...others } = summarizeCountermeasures(bottleneck, { begun: [planned], total: 3, found: null }, catalogue)
    expect(others).toEqual({ more: 2, nothingBecause: null })
    expect(tried).toMatchObject([{ strategyId: 'opt_1_abcde', agentId: 'hunter', verdict: 'keep', standing: 'in-force' }])
    const bottlenecks = [
      {
        worst: 'high' as const,
        description: 'It is slow',
        count: 4,
        firstAt: second(0),
        lastAt: second(9),
        done: { tried, ...others },
      },
    ]
    expect(section(agent({ facts: { bottlenecks } }), 'Bottlenecks').split('\n')).toEqual([
      'It is slow: high severity, found by 4 cycles in the last day, first at 2026-11-21T11:00:00Z and last at 2026-11-21T11:00:09Z.',
      'Tried in response: opt_1_abcde on hunter (cacheTtlMs from 0 to 600): keep, is in force (response time is better), 23.4% faster (12.1 to 33.0% faster).',
      '2 earlier ones not shown.',
    ])
  })

  test.each<[string, string[], Found['planned']]>([
    ['ada paused it (cycle-1)', ['Response time of other: none', 'Response time of hunter: ada paused it'], null],
    ['cycle-1 found it and planned nothing for it', ['Response time of hunter-2: ada paused it'], null],
    [
      'cycle-1 planned cacheTtlMs from 0 to 600 on hunter, which was not carried out: hunter is locked',
      [],
      { strategy: planned().strategy, leftBecause: 'hunter is locked' },
    ],
  ])('%s', (reason, skipped, strategy) => {
    const known = { begun: [], total: 0, found: { cycleId: 'cycle-1', skipped, planned: strategy } }
    expect(summarizeCountermeasures({ component: 'hunter', metric: 'responseTime' }, known, catalogue).nothingBecause).toBe(
      reason,
    )
  })

  test('without restrictions says so', () => {
    expect(section(agent({ knobs: knobs.slice(0, 2) }), 'Restrictions')).toBe('None: all of its knobs may be changed.')
  })

  test.each<[string, State]>([
    [
      'ada paused the optimizer at 2026-11-21T11:00:05Z (a release)',
      { fleet: { pause: { pausedBy: 'ada', reason: 'a release', since: second(5) } } },
    ],
    ['The policy in force is unknown', { facts: { policy: null } }],
    [
      "cacheSize: the operator's limits forbid changing it.",
      { fleet: { limits: limitsSchema.parse({ neverTouch: [{ knob: 'cacheSize' }] }) } },
    ],
    ['opt_9_x is running on hunter.', { lockedBy: 'opt_9_x' }],
    [
      'cacheSize and parallelism: a request for approval is pending or was recently declined',
      { awaitingDecision: ['cacheSize', 'parallelism'] },
    ],
    [
      'cacheSize from 2 to 4 was rolled back; the same change is not tried again until 2026-11-22T11:00:00Z',
      { trials: [rolledBack] },
    ],
    [
      "cacheSize: a change needs a person's approval, because its risk is high and the autonomy for hunter is 0.80.",
      { knobs: [intKnob('cacheSize', { affects, risk: 'high' })] },
    ],
  ])('is restricted: %s', (reason, state) => {
    expect(section(agent(state), 'Restrictions')).toContain(reason)
  })

  test('lists its restrictions for programs', () => {
    const pause = { pausedBy: 'ada', reason: 'a release', since: second(5) }
    expect(explainAgent(agent({ fleet: { pause }, trials: [rolledBack], knobs: knobs.slice(0, 1) })).restrictions).toEqual([
      expect.objectContaining({ code: 'paused', until: null, knob: null, isReleasable: false }),
      expect.objectContaining({
        code: 'rolled-back-recently',
        until: '2026-11-22T11:00:00.000Z',
        knob: null,
        isReleasable: true,
      }),
    ])
  })

  test('lists the next steps: running trials, pending approvals, watched changes, and the next cycle', () => {
    const running = { ...ofTrial(kept()), ...recordedTrial({ state: 'observing', endedAt: null }), result: null }
    const facts = agent({
      facts: {
        trials: [running, ofTrial(kept())],
        active: [running, ofTrial(kept())],
        approvals: [{ trialId: 'opt_5_asks', until: second(3_600), strategy: planned().strategy }],
        left: [{ strategy: planned().strategy, because: 'no time left in this cycle' }],
        history: [began, version(2, 'trial', 60, { ...began.values, cacheSize: 4 })],
        schedule: { nextCycleAt: second(1_200), pausedBecause: null },
      },
    })
    const next = section(facts, 'Next steps')
    expect(next).toContain('opt_1_abcde is running (cacheTtlMs from 0 to 600, observing).')
    expect(next).toContain('opt_5_asks is waiting for approval until 2026-11-21T12:00:00Z')
    expect(next).toContain('is watched for late harm until 2026-11-21T11:21:30Z')
    expect(next).toMatch(/The last cycle did not try .*: no time left in this cycle/)
    expect(next).toContain('The next cycle examines it at about 2026-11-21T11:20:00Z.')
    expect(next).toContain('npx optimizer cycle --target hunter --dry-run')
  })

  test('says that no cycle starts by itself while the Schedule is paused, and how to resume it', () => {
    const facts = agent({ facts: { schedule: { nextCycleAt: second(1_200), pausedBecause: 'release weekend' } } })
    expect(section(facts, 'Next steps')).toContain(
      'No cycle starts by itself because the Schedule is paused (release weekend): npx optimizer cycle --target hunter starts one; npm run temporal -- schedule toggle --schedule-id optimization-cycle --unpause resumes the Schedule.',
    )
    expect(section(facts, 'Next steps')).not.toContain('2026-11-21T11:20:00Z')
  })

  test.each([
    ['a person decided on the agent', version(3, 'operator', 100, { cacheSize: 4, parallelism: 5, depth: 2 })],
    ['a person set the same once more', version(3, 'operator', 100, { ...began.values, cacheSize: 4 })],
    ['a further change replaced it', version(3, 'trial', 100, { cacheSize: 8, parallelism: 2, depth: 2 })],
    ['it was rolled back', version(3, 'restore', 100, began.values)],
  ])('is not reported as watched, because %s', (_, later) => {
    const active = [ofTrial(kept())]
    const history = [began, version(2, 'trial', 60, { ...began.values, cacheSize: 4 })]
    expect(section(agent({ facts: { active, history } }), 'Next steps')).toContain('is watched for late harm')
    expect(section(agent({ facts: { active, history: [...history, later] } }), 'Next steps')).not.toContain('watched')
  })

  test.each([
    ['a further change was kept beside it', version(3, 'trial', 100, { cacheSize: 4, parallelism: 5, depth: 2 })],
    [
      'a release brought a knob',
      { ...version(3, 'operator', 100, { ...began.values, cacheSize: 4, width: 1 }), requestId: null },
    ],
  ])('is still watched although %s', (_, later) => {
    const active = [ofTrial(kept())]
    const history = [began, version(2, 'trial', 60, { ...began.values, cacheSize: 4 }), later]
    expect(section(agent({ facts: { active, history } }), 'Next steps')).toContain('is watched for late harm')
  })

  test('is explained in complete sentences, whatever its trials recorded', () => {
    fc.assert(
      fc.property(fc.array(arbitraryTrialFacts, { maxLength: 5 }), (facts) => {
        const trials = facts.flatMap((one) => (one.trial ? [ofTrial(one)] : []))
        const history = [
          began,
          ...facts.flatMap(({ versions }) => versions.map((one) => ({ ...one, since: one.createdAt, requestId: null }))),
        ]
        const { summary, sections } = explainAgent(
          agent({ facts: { trials, active: trials, history, knobs: facts.flatMap((one) => one.knobs) } }),
        )
        const sentences = [summary, ...sections.flatMap((one) => one.sentences)]
        expect(sentences.filter((sentence) => /NaN|\[object|Invalid/.test(sentence))).toEqual([])
      }),
    )
  })
})
