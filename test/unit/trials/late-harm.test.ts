import { describe, expect, test } from 'vitest'
import { createUsualGoal } from '../../../src/analysis/judging/index.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import {
  describeMisleadingAnomalies,
  describeSilence,
  isCausedElsewhere,
  isWatchable,
  judgeLateHarm,
  type ObservationPeriods,
  omitAnomalies,
  selectMisleadingAnomalies,
} from '../../../src/analysis/trials/late-harm.ts'
import type { Anomaly } from '../../../src/model/anomaly.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { type Behaviour, requests } from '../judging/arms.ts'

const MINUTE = 60_000
type Load = Behaviour['load']

/** Some instances for ten minutes before a trial and for five minutes, two minutes after its end. */
function stretches(seed: number, instances: string[], load: Load, until = 9 * MINUTE, everyMs = 1_000): ObservationPeriods {
  const observed = (from: number, to: number, salt: number, everyMs?: number) => ({
    executions: instances
      .flatMap((instance, i) => requests(seed * 100 + salt + i, instance, from, to, { load, sigma: 0.4 }, everyMs))
      .map(({ at, instance, value }) => ({ at, instance, durationMs: value, success: true }))
      .sort((a, b) => a.at - b.at),
    negotiations: [],
  })
  return { before: observed(-10 * MINUTE, 0, 0), since: observed(4 * MINUTE, until, 50, everyMs) }
}

const usual = createUsualGoal('responseTime')
const steady: Load = () => 1
const later =
  (factor: number): Load =>
  (at) =>
    at > 4 * MINUTE ? factor : 1
const look = (seed: number, load: Load, fleet: Load = steady, until?: number) =>
  judgeLateHarm(
    usual,
    { agent: stretches(seed, ['a', 'b'], load, until), others: stretches(seed + 1_000, ['x', 'y', 'z'], fleet) },
    0.25,
  )
const seeds = Array.from({ length: 5 }, (_, i) => i + 1)

describe('a kept change', () => {
  test('that stays the same is left alone, even if its agent drifts slowly by itself', () => {
    const waves: Load = (at) => 1 + 0.15 * Math.sin(at / (2 * MINUTE))
    for (const seed of seeds) for (const load of [steady, waves]) expect(look(seed, load)).toEqual({ harm: null })
  })

  test('that is much worse than before its trial is nearly always found, with the figures', () => {
    const found = seeds.flatMap((seed) => look(seed, later(2))?.harm ?? [])
    expect(found.length).toBeGreaterThan(0.7 * seeds.length)
    for (const { decision, reason, improvement } of found) {
      expect({ decision, reason }).toEqual({ decision: 'roll-back', reason: 'response time is worse' })
      expect(improvement).toBeLessThan(-60)
    }
  })

  test('that is only as good as before is not harm', () => {
    for (const seed of seeds) expect(look(seed, later(1.05))).toEqual({ harm: null })
  })

  test('is not to blame if the whole fleet got worse', () => {
    for (const seed of seeds) expect(look(seed, later(2), later(2))).toEqual({ harm: null })
  })

  test('is not to blame if the whole fleet got worse and its agent has less work than before', () => {
    for (const seed of seeds) {
      const agent = stretches(seed, ['a', 'b'], later(2), undefined, 3_000)
      expect(judgeLateHarm(usual, { agent, others: stretches(seed + 1_000, ['x', 'y', 'z'], later(2)) }, 0.25)).toEqual({
        harm: null,
      })
    }
  })

  test('with too little data is checked again later', () => {
    expect(look(1, later(2), steady, 4 * MINUTE + 5_000)).toBeNull()
    const stretch = stretches(1, ['a', 'b'], later(2))
    expect(judgeLateHarm(usual, { agent: stretch, others: stretches(2, [], steady) }, 0.1)).toBeNull()
    expect(judgeLateHarm(usual, { agent: stretch, others: stretches(2, [], steady) }, 0.2)).not.toBeNull()
  })

  describe('for a quantile', () => {
    const p90 = buildTrialGoal({
      targetMetric: 'responseTimeP90',
      objective: objectiveSchema.parse({ minimize: 'responseTime', quantile: 0.9 }),
    })
    /** The periods with a part of the executions since that take several times as long. */
    const withSlowPart = (periods: ObservationPeriods, share: number): ObservationPeriods => ({
      ...periods,
      since: {
        ...periods.since,
        executions: periods.since.executions.map((execution, index) =>
          (7 * index) % 10 < 10 * share ? { ...execution, durationMs: 4 * execution.durationMs } : execution,
        ),
      },
    })
    const lookAt = (seed: number, share: number) => {
      const agent = withSlowPart(stretches(seed, ['a', 'b'], steady), share)
      return judgeLateHarm(p90, { agent, others: stretches(seed + 1_000, ['x', 'y', 'z'], steady) }, 0.25)
    }

    test('is rolled back if that quantile becomes worse, though the typical execution does not', () => {
      const found = seeds.flatMap((seed) => lookAt(seed, 0.3)?.harm ?? [])
      expect(found.length).toBeGreaterThan(0.7 * seeds.length)
      for (const { reason, improvement } of found) {
        expect(reason).toBe('share of executions beyond the former 90th percentile of the response time is worse')
        expect(improvement).toBeNull()
      }
    })

    test('is left alone if it stays the same', () => {
      for (const seed of seeds) expect(lookAt(seed, 0)).toEqual({ harm: null })
    })
  })

  describe('with an objective', () => {
    const objective = objectiveSchema.parse({
      minimize: 'costUsd',
      subjectTo: [
        { metric: 'qualityScore', min: 0.8 },
        { metric: 'responseTime', quantile: 0.95, max: 3000 },
      ],
    })
    const goal = buildTrialGoal({ targetMetric: 'costUsd', objective })
    /** The periods with what the agent reports besides its times. */
    const reporting = (periods: ObservationPeriods, cost: Load, quality: Load): ObservationPeriods => {
      const add = ({ executions, negotiations }: ObservationPeriods['before']) => ({
        negotiations,
        executions: executions.map((execution, i) => {
          const scatter = 1 + 0.1 * Math.sin(i * 12.9898)
          const metrics = {
            costUsd: 0.004 * scatter * cost(execution.at),
            qualityScore: 0.85 * quality(execution.at) * (1.05 - 0.05 * scatter),
          }
          return { ...execution, metrics }
        }),
      })
      return { before: add(periods.before), since: add(periods.since) }
    }
    const judge = (seed: number, cost: Load, quality: Load, time: Load = steady) =>
      judgeLateHarm(
        goal,
        {
          agent: reporting(stretches(seed, ['a', 'b'], time), cost, quality),
          others: stretches(seed + 1_000, ['x', 'y'], steady),
        },
        0.25,
      )

    test('is left alone while its metric and its bounds stay as they were', () => {
      for (const seed of seeds) expect(judge(seed, steady, steady)).toEqual({ harm: null })
    })

    test('does harm where its metric becomes worse, although no other agent reports it', () => {
      for (const seed of seeds) expect(judge(seed, later(1.5), steady)?.harm).toMatchObject({ reason: 'cost is worse' })
    })

    test('is in doubt once a bound is no longer reported, and its watch does not go on', () => {
      const silent = (periods: ObservationPeriods): ObservationPeriods => ({
        ...periods,
        since: {
          ...periods.since,
          executions: periods.since.executions.map((execution) => ({ ...execution, metrics: { costUsd: 0.004 } })),
        },
      })
      for (const seed of seeds) {
        const agent = silent(reporting(stretches(seed, ['a', 'b'], steady), steady, steady))
        const seen = judgeLateHarm(goal, { agent, others: stretches(seed + 1_000, ['x', 'y'], steady) }, 0.25)
        expect(seen).toEqual({ harm: null, doubt: 'far fewer executions report quality score than before the change' })
      }
    })

    test('is in no doubt while its newest executions wait for scores that come as late as usual', () => {
      const scoredUntil = (until: number, periods: ObservationPeriods): ObservationPeriods => ({
        ...periods,
        since: {
          ...periods.since,
          executions: periods.since.executions.map((execution) =>
            execution.at < until ? execution : { ...execution, metrics: { costUsd: 0.004 } },
          ),
        },
      })
      const check = (scoredMinutes: number, scoreDelayMs: number) => {
        const agent = scoredUntil((4 + scoredMinutes) * MINUTE, reporting(stretches(1, ['a', 'b'], steady), steady, steady))
        return judgeLateHarm(goal, { agent, others: stretches(1_001, ['x', 'y'], steady) }, 0.25, scoreDelayMs)
      }
      expect(check(2, 3 * MINUTE)).toEqual({ harm: null })
      expect(check(0, 3 * MINUTE)?.doubt).toContain('quality score')
    })

    test('does harm where a bound is broken, although its metric still gains', () => {
      for (const seed of seeds)
        expect(judge(seed, later(0.5), later(0.85))?.harm).toMatchObject({
          reason: 'guardrail: quality score is not at least 80%',
        })
    })
  })
})

describe('an agent with a kept change', () => {
  const before = stretches(1, ['a', 'b'], steady).before.executions
  const hour = { from: 0, to: 60 * MINUTE }

  test('is silent if it makes far fewer executions than its pace before lets expect', () => {
    expect(describeSilence(before, 3, hour)).toMatch(/^it has finished 3 executions, where about \d{4} were expected/)
    expect(describeSilence(before, 2_000, hour)).toBeUndefined()
  })

  test('is not silent after a moment, or in an hour of the day in which it never works', () => {
    expect(describeSilence(before, 0, { from: 0, to: 20_000 })).toBeUndefined()
    expect(describeSilence([], 0, hour)).toBeUndefined()
    const [day, hourMs] = [24 * 60 * MINUTE, 60 * MINUTE]
    const began = 20_000 * day
    const byDay = [0, 1, 2, 3].flatMap((days) =>
      Array.from({ length: 12 * 60 }, (_, minute) => {
        return { at: began + days * day + minute * MINUTE, instance: 'a', durationMs: 1, success: true }
      }),
    )
    const later = (from: number, to: number) => ({ from: began + 4 * day + from * hourMs, to: began + 4 * day + to * hourMs })
    expect(describeSilence(byDay, 0, later(13, 16))).toBeUndefined()
    expect(describeSilence(byDay, 0, later(0, 3))).toBeDefined()
  })

  test('is watched while its settings are in force and no person has decided', () => {
    const baseline = { cacheSize: 2, depth: 1 }
    const kept = { ...baseline, cacheSize: 4 }
    const brought = { origin: 'operator', requestId: null } as const
    expect(isWatchable({ baseline, kept, current: { ...kept, depth: 3, width: 1 } }, [brought])).toBe(true)
    expect(isWatchable({ baseline, kept, current: { ...kept, cacheSize: 8 } }, [])).toBe(false)
    expect(isWatchable({ baseline, kept, current: baseline }, [])).toBe(false)
    expect(isWatchable({ baseline, kept, current: kept }, [{ origin: 'operator', requestId: 'restore-1' }])).toBe(false)
  })

  test('is not to blame for the time of an anomaly that comes from elsewhere', () => {
    const slowLater: Load = (at) => (at > 4.5 * MINUTE ? 3 : 1)
    const harmOf = (anomalies: { since: number; endedAt: number | null }[]) =>
      seeds.filter((seed) => {
        const agent = stretches(seed, ['a', 'b'], slowLater)
        const others = stretches(seed + 1_000, ['x', 'y', 'z'], steady)
        const seen = judgeLateHarm(usual, { agent: { ...agent, since: omitAnomalies(agent.since, anomalies) }, others }, 0.25)
        return seen!.harm !== null
      })
    expect(harmOf([]).length).toBeGreaterThan(0.7 * seeds.length)
    expect(harmOf([{ since: 4.5 * MINUTE, endedAt: 9 * MINUTE }])).toEqual([])
  })

  test('may be to blame if the anomaly began with the change of its agent, or if nothing else probably causes it', () => {
    const cause = { component: 'analyzer', metric: 'responseTime', probability: 0.7, why: '' }
    const trigger = { kind: 'configuration' as const, at: 0, description: '', probability: 0.6, why: '' }
    const anomaly = { component: 'hunter', isWorse: true, causes: [cause], events: [] }
    const seen = (known: object) =>
      isCausedElsewhere({ ...anomaly, ...known } as unknown as Parameters<typeof isCausedElsewhere>[0])
    expect(seen({})).toBe(true)
    expect(seen({ events: [{ ...trigger, component: 'analyzer' }] })).toBe(true)
    expect(seen({ events: [{ ...trigger, component: 'hunter' }] })).toBe(false)
    expect(seen({ causes: [{ ...cause, component: 'hunter' }] })).toBe(false)
    expect(seen({ causes: [{ ...cause, probability: 0.3 }] })).toBe(false)
    expect(seen({ isWorse: false })).toBe(false)
  })

  test('waits only for anomalies of what it is judged by that began after its trial did, and says which', () => {
    const cause = { component: 'analyzer', metric: 'responseTime', probability: 0.7, why: '' }
    const anomaly = { component: 'hunter', isWorse: true, causes: [cause], events: [], since: MINUTE, endedAt: null }
    const open = (metric: string, known: object = {}) => ({ ...anomaly, metric, ...known }) as unknown as Anomaly
    const select = (anomalies: Anomaly[], strategy: Parameters<typeof selectMisleadingAnomalies>[1]['strategy']) =>
      selectMisleadingAnomalies(anomalies, { strategy, startedAt: MINUTE }).map(({ metric }) => metric)
    const given = ['responseTime', 'successRate', 'queue_depth'].map((metric) => open(metric))
    expect(select(given, { targetMetric: 'responseTime' })).toEqual(['responseTime', 'successRate'])
    const objective = objectiveSchema.parse({ minimize: 'responseTime', quantile: 0.9 })
    expect(select(given, { targetMetric: 'responseTimeP90', objective })).toEqual(['responseTime', 'successRate'])
    expect(select([open('responseTime', { since: MINUTE - 1 })], { targetMetric: 'responseTime' })).toEqual([])
    expect(describeMisleadingAnomalies([])).toBeUndefined()
    const ended = open('successRate', { since: 3 * MINUTE, endedAt: 4 * MINUTE })
    expect(describeMisleadingAnomalies([open('responseTime'), ended])).toBe(
      'its agent has had an anomaly in responseTime since 1970-01-01T00:01:00Z, probably caused by analyzer',
    )
    expect(describeMisleadingAnomalies([ended])).toContain(
      'had an anomaly in successRate from 1970-01-01T00:03:00Z to 1970-01-01T00:04:00Z, probably caused by',
    )
  })
})
