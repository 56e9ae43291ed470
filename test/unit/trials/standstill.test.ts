import { describe, expect, test } from 'vitest'
import type { ArmObservations } from '../../../src/analysis/judging/index.ts'
import { judgeStandstill, requireRecentExecutions } from '../../../src/analysis/trials/standstill.ts'
import { judgement } from '../../support/trial-facts.ts'

/** An execution of each arm a second, until a time (milliseconds). */
function workUntil(end: number) {
  const executions = Array.from({ length: end / 1_000 }, (_, index) => {
    return { at: 1_000 * (index + 1), instance: 'a', durationMs: 500, success: true }
  })
  const arm = { executions, negotiations: [] }
  return { control: arm, candidate: arm }
}

describe('a proven change of an agent', () => {
  test('is kept while the agent works, also if a report is late', () => {
    for (const now of [60_500, 75_000]) expect(requireRecentExecutions(judgement, workUntil(60_000), now, true)).toBe(judgement)
  })

  test('is not kept if the agent has stopped working', () => {
    const seen = (isFinal: boolean) => requireRecentExecutions(judgement, workUntil(60_000), 100_000, isFinal)
    expect(seen(true)).toMatchObject({
      decision: 'undecided',
      reason: 'response time is better, but no execution has finished for 40 s',
    })
    expect(seen(false).decision).toBe('continue')
  })

  test('is rolled back all the same if it does harm', () => {
    const harmful = { ...judgement, decision: 'roll-back' as const }
    expect(requireRecentExecutions(harmful, workUntil(60_000), 100_000, true)).toBe(harmful)
  })
})

describe('a single instance, compared with its past', () => {
  const undecided = { ...judgement, decision: 'continue' as const }
  const { control: empty } = workUntil(0)
  /** One execution a second for two minutes, after which the change came; the candidate has worked until a time. */
  const lookAt = (now: number, workedUntil = 120_000, since = 120_000) => {
    const candidate = { ...empty, executions: workUntil(workedUntil).candidate.executions.slice(120) }
    return judgeStandstill(
      undecided,
      { past: [empty, workUntil(120_000).control], candidate },
      { startedAt: 120_000, since, now },
    )
  }

  test('is rolled back as silent if it stops working, at once or later', () => {
    const silent = {
      decision: 'roll-back',
      code: 'silent',
      reason: 'the candidate is silent: 29 executions were expected from it',
    }
    expect(lookAt(150_000)).toMatchObject(silent)
    expect(lookAt(160_000, 130_000)).toMatchObject(silent)
  })

  test('is not silent while a report may be late, nor as long as the optimizer has heard nobody', () => {
    expect(lookAt(139_000)).toBe(undecided)
    expect(lookAt(240_000, 120_000, 230_000)).toBe(undecided)
  })

  test('is not silent between bursts of work', () => {
    const bursts = { ...empty, executions: workUntil(120_000).control.executions.filter(({ at }) => at % 60_000 < 20_000) }
    const times = { startedAt: 120_000, since: 120_000, now: 200_000 }
    expect(judgeStandstill(undecided, { past: [bursts], candidate: empty }, times)).toBe(undecided)
  })

  describe('that did no work before its change either', () => {
    const past = [workUntil(60_000).control]
    const notice = (candidate: ArmObservations, now: number) =>
      judgeStandstill(undecided, { past, candidate }, { startedAt: 120_000, since: 120_000, now })

    test('is not silent because of it', () => expect(notice(empty, 900_000)).toBe(undecided))

    test('is silent if it has worked since, and then stops for far longer than before', () => {
      const resumed = { ...empty, executions: workUntil(130_000).candidate.executions.slice(120) }
      expect(notice(resumed, 300_000)).toBe(undecided)
      expect(notice(resumed, 330_000)).toMatchObject({ code: 'silent' })
    })
  })

  describe('of which twenty executions of a minute each run side by side', () => {
    const minute = 60_000
    /** They finish one after the other, every three seconds, for ten minutes. */
    const executions = workUntil(10 * minute)
      .control.executions.filter(({ at }) => at % 3_000 === 0)
      .map((execution) => ({ ...execution, durationMs: minute }))
    const since = 10 * minute
    const notice = (now: number, inFlight: ArmObservations['inFlight'] = []) =>
      judgeStandstill(
        undecided,
        { past: [{ ...empty, executions }], candidate: { ...empty, inFlight } },
        { startedAt: since, since, now },
      )
    const begun = (at: number, now: number) => [{ at: now, instance: 'a', durationMs: now - at }]

    test('is not silent before the first of them can have finished', () => {
      expect(notice(since + minute + 40_000)).toBe(undecided)
      expect(notice(since + minute + 50_000)).toMatchObject({ code: 'silent' })
    })

    test('is not silent as long as those that began late are no slower than usual', () => {
      const later = since + minute
      expect(notice(later + minute, begun(later, later + minute))).toBe(undecided)
      expect(notice(later + 2 * minute, begun(later, later + 2 * minute))).toMatchObject({ code: 'silent' })
    })

    test('is silent if they keep beginning and never finish', () => {
      const now = since + 5 * minute
      expect(notice(now, begun(now - 1_000, now))).toMatchObject({ code: 'silent' })
    })
  })
})
