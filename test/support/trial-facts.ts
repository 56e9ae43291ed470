/** The records of a trial, as it stands at each point of its life. */
import type { TrialFacts } from '../../src/analysis/reporting/explaining/trial-facts.ts'
import type { RecordedTrial } from '../../src/model/records.ts'
import type { MeasuredMetrics, OptimizationResult } from '../../src/model/result.ts'
import type { Judgement, JudgementCode } from '../../src/model/trial.ts'
import { agentKnobs, trialRecord } from './profiles.ts'
import { strategyFor } from './store.ts'

/** So many seconds after a trial's strategy was planned. */
export const second = (seconds: number) => new Date(Date.UTC(2026, 10, 21, 11, 0, seconds))

export const judgement: Judgement = {
  decision: 'keep',
  metric: 'responseTime',
  design: 'concurrent',
  improvement: 23.4,
  interval: [12.1, 33],
  samples: { control: 80, candidate: 40 },
  reason: 'response time is better',
}

const arm = (responseTimeP50: number): MeasuredMetrics => ({
  samples: 40,
  responseTimeP50,
  responseTimeMean: responseTimeP50,
  successRate: 0.9,
  coordinationScore: null,
})
export const metrics = { before: arm(2800), after: arm(2145) }

export function recordedTrial(known: Partial<RecordedTrial> = {}): RecordedTrial {
  return {
    state: 'kept',
    design: 'concurrent',
    baselineVersion: 1,
    candidateVersion: 2,
    restoredVersion: null,
    candidateInstances: ['hunter-1'],
    controlInstances: ['hunter-2', 'hunter-3'],
    widenedInstances: ['hunter-2'],
    startedAt: second(10),
    observingAt: second(12),
    widenedAt: second(60),
    watchedUntil: null,
    endedAt: second(90),
    judgement,
    metrics,
    issues: [],
    observeMs: null,
    maxSamples: null,
    suspensions: [],
    blocks: [],
    progress: null,
    poolId: null,
    ...known,
  }
}

export function resultOf(facts: TrialFacts, known: Partial<OptimizationResult> = {}): OptimizationResult {
  return {
    strategy: facts.strategy,
    executionTime: 80_000,
    success: true,
    actualImprovement: 23.4,
    interval: [12.1, 33],
    promised: null,
    verdict: 'keep',
    judged: true,
    design: 'concurrent',
    samples: { control: 80, candidate: 40 },
    metrics,
    reason: 'response time is better',
    issues: [],
    timestamp: second(91).toISOString(),
    ...known,
  }
}

/** A strategy against a slow hunter, planned a moment ago. */
export function planned(known: Partial<TrialFacts> = {}): TrialFacts {
  return {
    strategy: {
      ...strategyFor('hunter', 'opt_1_abcde'),
      actions: [{ description: 'Cache more', agentId: 'hunter', knob: 'cacheTtlMs', from: 0, to: 600 }],
      why: 'cacheTtlMs up: declared to help, not tried yet',
    },
    plannedAt: second(0),
    cycleId: 'cycle-1',
    cycleEnded: false,
    leftBecause: null,
    bottleneck: {
      type: 'agent_response_time',
      severity: 'high',
      affectedComponent: 'hunter',
      description: 'hunter response time is 2800ms (threshold: 2000ms)',
      impact: 40,
      suggestedFix: '',
    },
    seen: 2800,
    kind: 'hunter',
    knobs: agentKnobs,
    approval: null,
    trial: null,
    result: null,
    standing: null,
    versions: [],
    keptAt: null,
    alerts: [],
    experience: [],
    next: null,
    current: { version: 1, values: { cacheTtlMs: 0 } },
    ...known,
  }
}

export const written = (version: number, known: Partial<TrialFacts['versions'][number]> = {}) => ({
  version,
  values: {},
  origin: 'trial' as const,
  trialId: 'opt_1_abcde',
  reason: 'Raise cacheTtlMs from 0 to 600, to make hunter respond faster',
  createdAt: second(10),
  ...known,
})

/** Proven and kept. */
export function kept(known: Partial<TrialFacts> = {}): TrialFacts {
  const facts = planned({
    trial: recordedTrial(),
    versions: [written(2)],
    keptAt: second(85),
    standing: 'in-force',
    current: { version: 2, values: { cacheTtlMs: 600 } },
    experience: [
      trialRecord({
        kind: 'hunter',
        at: second(91).getTime(),
        changes: [{ knob: 'cacheTtlMs', from: 0, to: 600 }],
      }),
    ],
    ...known,
  })
  return { ...facts, result: resultOf(facts), ...known }
}

/** Tried and rolled back, by the judge or by someone who objected. */
export function putBack(
  decision: Judgement['decision'],
  reason: string,
  known: Partial<RecordedTrial> & { code?: JudgementCode } = {},
): TrialFacts {
  const { code, ...recorded } = known
  const why = 'Restored the configuration from before opt_1_abcde'
  const trial = recordedTrial({
    state: 'restored',
    restoredVersion: 3,
    widenedInstances: null,
    widenedAt: null,
    judgement: { ...judgement, decision, reason: decision === 'continue' ? 'no effect is proven yet' : reason, code },
    ...recorded,
  })
  const versions = [written(2), written(3, { origin: 'restore', reason: why, createdAt: second(80) })]
  const facts = planned({ trial, versions })
  const verdict = decision === 'continue' ? 'roll-back' : decision
  return { ...facts, result: resultOf(facts, { verdict, success: false, reason, judged: decision !== 'continue' }) }
}
