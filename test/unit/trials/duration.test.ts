import { describe, expect, test } from 'vitest'
import { createUsualGoal } from '../../../src/analysis/judging/index.ts'
import {
  computeProgress,
  computeReportingShare,
  describeExcessiveDuration,
  mergeConditions,
  planMaxSamples,
  planObservation,
  type TrialConditions,
} from '../../../src/analysis/trials/duration.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { estimateHourlyRates, estimateWaitMs } from '../../../src/analysis/trials/hourly-rates.ts'
import { planNextLook } from '../../../src/analysis/trials/looks.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = Date.UTC(2026, 10, 30)
const limits = { maxSamples: 160, observeMs: 105_000, longestHours: 72 }

/** Executions at an even rate over some days until now. */
const evenly = (perDay: number, days: number) =>
  Array.from({ length: Math.round(perDay * days) }, (_, index) => ({ at: now - (index * dayMs) / perDay }))

const conditions = (perDay: number, known: Partial<TrialConditions> = {}): TrialConditions => ({
  pace: estimateHourlyRates(evenly(perDay, Math.min(7, 1_000 / perDay)), now),
  compared: { design: 'concurrent', candidate: 1, control: 2, live: 3 },
  reportingShare: 1,
  warmUp: { samples: 0, seconds: 0 },
  now,
  ...known,
})

describe('the pace of an agent', () => {
  test('is unknown while it has hardly worked', () => {
    expect(estimateHourlyRates(evenly(40, 0.4), now)).toBeNull()
  })

  test('that works less than twice a day, or no more, is known, and no trial of it can be decided', () => {
    const rarely = estimateHourlyRates(evenly(1, 40), now)!
    expect(24 * rarely[0]!).toBeCloseTo(1, 1)
    expect(planObservation(conditions(1, { pace: rarely }), limits).kind).toBe('too-long')
    const stopped = estimateHourlyRates(evenly(1, 40), now + 30 * dayMs)!
    expect(stopped[0]).toBe(0)
    const plan = planObservation(mergeConditions([conditions(1, { pace: stopped })]), limits)
    expect(plan).toMatchObject({ kind: 'too-long', ms: Number.POSITIVE_INFINITY })
  })

  test('counts its silence since the last execution', () => {
    const before = estimateHourlyRates(evenly(1_440, 0.1), now)!
    const after = estimateHourlyRates(evenly(1_440, 0.1), now + 0.1 * dayMs)!
    expect(before[0]).toBeCloseTo(60, 0)
    expect(after[0]).toBeCloseTo(30, 0)
  })

  test('is that of the time in which it ran, if it was stopped for a while', () => {
    const executions = evenly(86_400, 0.01).map(({ at }, index) => ({ at: index < 100 ? at : at - 2 * hourMs }))
    expect(estimateHourlyRates(executions, now)![0]! / 3_600).toBeGreaterThan(0.9)
  })

  test('counts the pauses of an agent that works in bursts', () => {
    const bursts = Array.from({ length: 400 }, (_, index) => ({
      at: now - Math.floor(index / 20) * hourMs - (index % 20) * 1_000,
    }))
    expect(estimateHourlyRates(bursts, now)![0]).toBeLessThan(25)
  })

  test('is that of the hour, so that a wait lasts through a quiet night', () => {
    const office = evenly(960, 5).filter(({ at }) => new Date(at).getUTCHours() >= 8 && new Date(at).getUTCHours() < 18)
    const pace = estimateHourlyRates(office, now)!
    expect(pace[12]).toBeGreaterThan(30)
    expect(pace[3]).toBeLessThan(5)
    const atSix = now + 18 * hourMs
    expect(estimateWaitMs(pace, 100, atSix) / hourMs).toBeGreaterThan(12)
    expect(estimateWaitMs(pace, 100, now + 8 * hourMs) / hourMs).toBeLessThan(4)
  })

  test('of an agent that stopped long ago makes every wait infinite or long', () => {
    expect(estimateWaitMs(Array(24).fill(0), 1, now)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the observation of a trial', () => {
  test('fits into the cycle if a quarter of the samples does, and if nothing is known', () => {
    expect(planObservation(conditions(3 * 86_400), limits).kind).toBe('in-cycle')
    expect(planObservation(conditions(0, { pace: null }), limits)).toMatchObject({ kind: 'in-cycle', decisions: 0 })
  })

  test('of an agent that works once a minute takes hours, outside the cycle', () => {
    const { kind, decisions, ms } = planObservation(conditions(3 * 1_440), limits)
    expect(kind).toBe('alone')
    expect(decisions).toBe(240)
    expect(ms / hourMs).toBeCloseTo(80 / 60, 1)
  })

  test('at forty decisions a day and instance takes two days', () => {
    const { kind, ms } = planObservation(conditions(3 * 40), limits)
    expect(kind).toBe('alone')
    expect(ms / dayMs).toBeCloseTo(2, 1)
  })

  test('takes longer if few executions report the metric, or a warm-up comes first', () => {
    const usual = planObservation(conditions(3 * 1_440), limits).decisions
    expect(planObservation(conditions(3 * 1_440, { reportingShare: 0.1 }), limits).decisions).toBe(10 * usual)
    const warmUp = { samples: 20, seconds: 0 }
    expect(planObservation(conditions(3 * 1_440, { warmUp }), limits).decisions).toBe(usual + 60)
  })

  test('is not tried if it would take longer than allowed, and says how long', () => {
    const plan = planObservation(conditions(3 * 8), limits)
    expect(plan.kind).toBe('too-long')
    expect(describeExcessiveDuration(plan, limits)).toBe(
      'a conclusive trial takes about 240 executions of the agent, about 10 d at its current rate and trials.longestHours allows 72 hours',
    )
  })

  test('is not tried if so few executions report the metric that it needs more than are judged', () => {
    const rare = conditions(3 * 1_440, { reportingShare: 0.01 })
    const plan = planObservation(rare, { ...limits, longestHours: 744 })
    expect(plan).toMatchObject({ kind: 'too-long', decisions: 24_000, maxDecisions: 7_500 })
    expect(describeExcessiveDuration(plan, limits)).toBe(
      'a conclusive trial takes about 24000 executions of the agent, but only the latest 7500 are judged, and too few of them report its metrics to reach trials.maxSamples (160)',
    )
    const scarce = conditions(3 * 1_440, { reportingShare: 0.04 })
    expect(planObservation(scarce, limits).kind).toBe('alone')
    expect(planMaxSamples(scarce, limits)).toBe(100)
  })

  test('takes the executions that its goal needs, so that it may run outside the cycle', () => {
    const busy = 3 * 43_200
    const needing = (executions: number) => conditions(busy, { needed: { executions } })
    expect(planObservation(conditions(busy), limits).kind).toBe('in-cycle')
    expect(planObservation(needing(20), limits).kind).toBe('in-cycle')
    expect(planObservation(needing(160), limits)).toMatchObject({ kind: 'alone', decisions: 480 })
    expect(planObservation(mergeConditions([conditions(busy), needing(160)]), limits).kind).toBe('alone')
    expect(computeProgress({ ...needing(300), samples: 160 }, { maxSamples: 160, endsAt: now + hourMs }).decisions).toBe(420)
  })

  test('is not tried if the scores come after more executions than are judged, and allows for their delay otherwise', () => {
    const busy = 3 * 43_200
    const late = planObservation(conditions(busy, { scoreDelayMs: 2 * hourMs }), limits)
    expect(late.kind).toBe('too-long')
    expect(describeExcessiveDuration(late, limits)).toMatch(
      /^its scores arrive after about 2 h, by which time the agent has made more executions than are judged \(the latest 7500\)/,
    )
    const soon = planObservation(conditions(busy, { scoreDelayMs: 600_000 }), limits)
    expect(soon.kind).toBe('alone')
    expect(soon.ms).toBeGreaterThan(600_000)
  })

  test('is not tried if its objective tolerates no loss at all', () => {
    const why = 'its objective tolerates no loss of the success rate at all, but some loss can never be ruled out'
    const needing = conditions(3 * 43_200, { needed: { executions: Number.POSITIVE_INFINITY, why } })
    expect(describeExcessiveDuration(planObservation(needing, limits), limits)).toBe(why)
    const progress = computeProgress({ ...needing, samples: 160 }, { maxSamples: 160, endsAt: now + hourMs })
    expect(progress.decisions).toBeLessThan(20_000)
  })

  test('is not tried if its objective tolerates so little that more executions are needed than are judged, and says so', () => {
    const needed = { executions: 5_500, why: 'its objective tolerates a loss of only 1 point of the success rate' }
    const plan = planObservation(conditions(3 * 43_200, { needed }), limits)
    expect(describeExcessiveDuration(plan, limits)).toBe(
      'a conclusive trial takes about 16500 executions of the agent, because its objective tolerates a loss of only 1 point of the success rate, but only the latest 7500 are judged; tolerate more',
    )
    const rarely = planObservation(conditions(3 * 240, { needed: { ...needed, executions: 2_400 } }), limits)
    expect(describeExcessiveDuration(rarely, limits)).toMatch(
      /loss of only 1 point of the success rate, about 10 d at its current rate and trials.longestHours allows 72 hours$/,
    )
  })

  test('of a single instance needs samples of that one only', () => {
    const compared = { design: 'before-after', candidate: 1, control: 0, live: 1 } as const
    expect(planObservation(conditions(1_440, { compared }), limits).decisions).toBe(80)
  })
})

test('a trial ends with the samples that can be expected within its limit of time, if they are fewer than usual', () => {
  expect(planMaxSamples(conditions(3 * 40), limits)).toBe(108)
  expect(planMaxSamples(conditions(3 * 1_440), limits)).toBe(160)
  expect(planMaxSamples(conditions(3 * 8), limits)).toBe(80)
  expect(planMaxSamples(conditions(3 * 40, { reportingShare: 0.9 }), limits)).toBe(97)
})

test('the reporting share is that of the rarest metric without which nothing is kept', () => {
  const executions = Array.from({ length: 100 }, (_, index) => ({
    at: index,
    instance: 'a',
    durationMs: 1,
    success: true,
    metrics: { costUsd: 0.01, ...(index % 10 === 0 && { qualityScore: 0.9 }) },
  }))
  expect(computeReportingShare(createUsualGoal('responseTime'), executions)).toBe(1)
  const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  expect(computeReportingShare(buildTrialGoal({ targetMetric: 'costUsd', objective }), executions)).toBe(0.1)
  expect(computeReportingShare(createUsualGoal('coordinationScore'), executions)).toBe(1)
})

test('the progress says how many decisions are missing, and until when at the current rate', () => {
  const known = { ...conditions(3 * 1_440), samples: 40 }
  expect(computeProgress(known, { maxSamples: 160, endsAt: now + 72 * hourMs })).toEqual({
    decisions: 120,
    until: expect.closeTo(now + 40 * 60_000, -5),
  })
  expect(computeProgress({ ...known, samples: 100 }, { maxSamples: 160, endsAt: now + hourMs }).until).toBeLessThanOrEqual(
    now + hourMs,
  )
  expect(computeProgress({ ...known, pace: null }, { maxSamples: 160, endsAt: now + hourMs }).until).toBeNull()
})

describe('the next look', () => {
  test('comes with about the next sample, but neither too soon nor later than after ten minutes', () => {
    expect(planNextLook({ samples: 30, elapsedMs: 30 * 60_000 }, 2_000)).toBe(60_000)
    expect(planNextLook({ samples: 1_000, elapsedMs: 60_000 }, 2_000)).toBe(10_000)
    expect(planNextLook({ samples: 0, elapsedMs: 0 }, 2_000)).toBe(10_000)
    expect(planNextLook({ samples: 0, elapsedMs: dayMs }, 2_000)).toBe(600_000)
    expect(planNextLook({ samples: 1, elapsedMs: dayMs }, 2_000)).toBe(600_000)
  })
})
