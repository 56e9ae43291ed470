/** Facts that decide what may be tried, and whatever evaluates them. */
import fc from 'fast-check'
import {
  type AgentRecord,
  type EligibilityFacts,
  type EligibilityRecord,
  emptyAgentRecord,
  emptyRecord,
  type FleetFacts,
} from '../../src/analysis/eligibility/index.ts'
import type { AgentFacts } from '../../src/analysis/reporting/explaining/index.ts'
import { limitsSchema } from '../../src/model/limits.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { arbitraryKnobs, arbitraryTrial, arbitraryValue } from './arbitrary-knobs.ts'
import { planFor } from './planning.ts'
import { agentProfile, now, snapshot } from './profiles.ts'
import { intKnob } from './store.ts'

const hourMs = 3_600_000

/** A record in which one agent has something on record, and the fleet may be limited. */
export function eligibilityRecord(
  fleet: Partial<EligibilityRecord['fleet']> = {},
  agents: Record<string, Partial<AgentRecord>> = {},
): EligibilityRecord {
  return {
    fleet: { ...emptyRecord.fleet, ...fleet },
    agents: Object.fromEntries(Object.entries(agents).map(([agentId, known]) => [agentId, { ...emptyAgentRecord, ...known }])),
  }
}

/** Facts about the agent `hunter`, on which nothing is held back. */
export function eligibilityFacts({
  fleet,
  ...known
}: Partial<Omit<EligibilityFacts, 'fleet'>> & { fleet?: Partial<FleetFacts> } = {}): EligibilityFacts {
  const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
  const knobs = known.knobs ?? [intKnob('cacheSize', { affects })]
  return {
    agentId: 'hunter',
    kind: 'hunter',
    liveInstances: 2,
    executions: 50,
    trialsLastHour: 0,
    lockedBy: null,
    knobs,
    values: Object.fromEntries(knobs.map((knob) => [knob.name, knob.default])),
    history: [],
    releases: [],
    awaitingDecision: [],
    unevenKnobs: {},
    canRestart: false,
    drifting: [],
    shortages: [],
    trials: [],
    lastShiftAt: () => 0,
    ...known,
    fleet: { ...emptyRecord.fleet, liveInstances: 10, now, policy: defaultPolicy, ...fleet },
  }
}

/** The plan of a cycle for an agent with these facts, whose response time is a bottleneck. */
export function planOn({ fleet, ...facts }: EligibilityFacts, random = 0.5) {
  const { agentId, kind, liveInstances, executions, values, knobs, trials } = facts
  const known = { kind, responseTime: 2_800, responseTimeP50: 2_700, instances: liveInstances, decisionCount: executions ?? 100 }
  const seen = snapshot([agentProfile(agentId, { ...known, configuration: { version: 1, values } })], {}, fleet.now)
  const planned = planFor(seen, {
    knobs: { [agentId]: [...knobs] },
    experience: [...trials],
    policy: { ...defaultPolicy, ...fleet.policy },
    eligibility: eligibilityRecord(fleet, { [agentId]: facts }),
    random: () => random,
  })
  const [skipped] = planned.skipped.filter(({ subject }) => subject.startsWith('Response time'))
  return { strategies: planned.strategies, reason: skipped?.reason }
}

/** Everything on record about an agent of these facts, as its explanation takes it. */
export function agentFacts(eligibility: EligibilityFacts, known: Partial<AgentFacts> = {}): AgentFacts {
  const { agentId, kind, knobs, values, liveInstances, fleet } = eligibility
  const since = new Date(fleet.now - hourMs)
  return {
    agentId,
    kind,
    instances: { live: liveInstances, known: liveInstances + 1 },
    knobs: [...knobs],
    history: [{ version: 1, origin: 'default', since, values, reason: 'A reason', trialId: null, requestId: null }],
    trials: [],
    totalTrials: known.trials?.length ?? 0,
    kept: (known.trials ?? []).flatMap(({ result }) => (result?.success ? [result] : [])),
    active: [],
    policy: { ...defaultPolicy, ...fleet.policy },
    eligibility,
    anomalies: [],
    bottlenecks: [],
    approvals: [],
    left: [],
    skipped: [],
    seen: null,
    watchMs: 1_200_000,
    schedule: null,
    now: new Date(fleet.now),
    ...known,
  }
}

const often = <T>(usual: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })

const frozen = [{ begins: new Date(now - hourMs).toISOString().slice(0, 16), hours: 3, why: 'a release' }]
const limits = fc
  .record({
    neverTouch: often<object[]>([], fc.constantFrom([{ knob: 'k0' }], [{ agent: 'hunter', knob: 'k1' }])),
    maxSteps: often<object[]>([], fc.constantFrom([{ share: 0.1 }], [{ knob: 'k0', share: 0.01 }])),
    freeze: often<object[]>([], fc.constant(frozen)),
    maxChangesPerHour: often<number | undefined>(undefined, fc.integer({ min: 1, max: 3 })),
    maxAggressiveness: often<number | undefined>(undefined, fc.integer({ min: 1, max: 5 })),
    maxConcurrentTrials: often<number | undefined>(undefined, fc.integer({ min: 1, max: 3 })),
    maxCandidateShare: often<number | undefined>(undefined, fc.constantFrom(0.1, 0.5)),
  })
  .map((input) => limitsSchema.parse(input))

const fleet = fc.record({
  policy: fc.record({
    aggressiveness: fc.integer({ min: 1, max: 5 }),
    focus: often<string | null>(null, fc.constantFrom('hunter', 'analyzer')),
    resourceMode: often<'normal' | 'reduce'>('normal', fc.constant('reduce')),
  }),
  pause: often<FleetFacts['pause']>(null, fc.constant({ pausedBy: 'ada', reason: 'a release', since: new Date(now) })),
  limits: fc.oneof({ weight: 8, arbitrary: limits }, { weight: 1, arbitrary: fc.constant('limits.json is broken.') }),
  running: fc.subarray([
    { id: 'opt_1_a', agentId: 'hunter', candidates: 1 },
    { id: 'opt_2_b', agentId: 'analyzer', candidates: 2 },
    { id: 'opt_3_c', agentId: 'executor', candidates: 1 },
    { id: 'opt_4_d', agentId: 'scout', candidates: 1, isLong: true },
    { id: 'opt_5_e', agentId: 'writer', candidates: 2, isLong: true },
  ]),
  pairs: fc.constantFrom<FleetFacts['pairs']>([], [['hunter', 'analyzer']]),
  liveInstances: fc.integer({ min: 1, max: 20 }),
  caps: fc.record({
    concurrentTrials: fc.integer({ min: 1, max: 4 }),
    concurrentLongTrials: fc.integer({ min: 1, max: 4 }),
    candidateShareRatio: fc.constantFrom(0.2, 1),
  }),
})

/** Any state of an agent and its fleet. */
export const arbitraryEligibilityFacts: fc.Arbitrary<EligibilityFacts> = arbitraryKnobs.chain((knobs) => {
  const values = fc.record(Object.fromEntries(knobs.map((knob) => [knob.name, arbitraryValue(knob)])))
  const recently = fc.integer({ min: now - 30 * hourMs, max: now })
  const trial = fc
    .tuple(arbitraryTrial(knobs), recently)
    .map(([record, at]) => ({ ...record, agentId: 'hunter', kind: 'hunter', at }))
  return fc
    .record({
      fleet,
      knobs: fc.constant(knobs),
      values,
      history: fc
        .array(fc.record({ at: recently, values, byPerson: fc.boolean() }), { maxLength: 5 })
        .map((versions) => versions.toSorted((a, b) => a.at - b.at)),
      liveInstances: often(2, fc.constant(0)),
      executions: often<number | null>(50, fc.integer({ min: 0, max: 50 })),
      trialsLastHour: fc.integer({ min: 0, max: 4 }),
      lockedBy: often<string | null>(null, fc.constant('opt_9_z')),
      releases: fc.array(fc.record({ at: recently, knob: fc.constantFrom(null, ...knobs.map(({ name }) => name)) }), {
        maxLength: 2,
      }),
      awaitingDecision: fc.subarray(knobs.map(({ name }) => name)),
      trials: fc.array(trial, { maxLength: 12 }),
    })
    .map(eligibilityFacts)
})
