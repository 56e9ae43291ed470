import { describe, expect, test } from 'vitest'
import { type ArmObservations, createUsualGoal, type ObservationsByArm } from '../../../src/analysis/judging/index.ts'
import {
  computeSharedPeriodMs,
  createSharedAnomalyJudge,
  findSharedPeriods,
} from '../../../src/analysis/trials/shared-anomalies.ts'
import { omitSuspensions } from '../../../src/analysis/trials/suspension.ts'
import { createWarmUpJudge } from '../../../src/analysis/trials/warm-up.ts'
import { anomaly as createAnomaly } from '../../support/anomalies.ts'
import { random } from '../judging/random.ts'

const anomaly = (since: number, endedAt: number | null) => createAnomaly({ since, endedAt, before: 100, value: 300 })

/** Requests one second apart on each instance. */
function every(instances: string[], from: number, to: number, ms: (at: number) => number): ArmObservations {
  const executions: ArmObservations['executions'] = []
  for (let at = from + 1_000; at <= to; at += 1_000)
    for (const instance of instances) executions.push({ at, instance, durationMs: ms(at), success: true })
  return { executions, negotiations: [] }
}

const quiet = (seed: number) => {
  const { normal } = random(seed)
  return () => 100 * Math.exp(0.1 * normal())
}
const [startMs, endMs] = [100_000, 260_000]
const past = every(['b'], 0, startMs, quiet(1))
const isDuring = (at: number) => at > 100_000 && at <= 200_000
const hit = (seed: number, factor: number) => {
  const draw = quiet(seed)
  return (at: number) => draw() * (isDuring(at) ? factor : 1)
}
const compared = (control: ArmObservations, design: 'concurrent' | 'before-after' = 'concurrent') => ({
  control,
  past,
  design,
  since: startMs,
})

describe('an anomaly of the agent', () => {
  const event = anomaly(100_000, 200_000)

  test('is left out if it hits the control too', () => {
    const control = every(['b'], startMs, endMs, hit(2, 3))
    expect(findSharedPeriods([event], compared(control))).toEqual([{ from: 100_000, to: 200_000, metric: 'responseTime' }])
  })

  test('is left out of a trial about negotiations if those of the control show it', () => {
    const negotiate = ({ executions }: ArmObservations): ArmObservations => ({
      executions: [],
      negotiations: executions.map(({ at, instance, durationMs }) => ({ at, instance, agreed: true, latencyMs: durationMs })),
    })
    const find = (draw: (at: number) => number) => {
      const control = negotiate(every(['b'], startMs, endMs, draw))
      return findSharedPeriods([{ ...event, metric: 'messageLatencyMs' }], { ...compared(control), past: negotiate(past) })
    }
    expect(find(hit(2, 3))).toEqual([{ from: 100_000, to: 200_000, metric: 'messageLatencyMs' }])
    expect(find(quiet(2))).toEqual([])
  })

  test.each(['successRate', 'accepted'])(
    'of %s, which is a share, is left out if the share of the control falls too',
    (metric) => {
      const { uniform } = random(12)
      const withShares = (arm: ArmObservations, during: number): ArmObservations => ({
        ...arm,
        executions: arm.executions.map((execution) => {
          const isGood = uniform() < (isDuring(execution.at) ? during : 0.95)
          return { ...execution, success: isGood, metrics: { accepted: Number(isGood) } }
        }),
      })
      const control = every(['b'], startMs, endMs, quiet(2))
      const find = (during: number) =>
        findSharedPeriods([{ ...event, metric, before: 0.95, value: 0.6 }], {
          ...compared(withShares(control, during)),
          past: withShares(past, during),
        })
      expect(find(0.6)).toEqual([{ from: 100_000, to: 200_000, metric }])
      expect(find(0.95)).toEqual([])
    },
  )

  test('is judged if only the candidate has it', () => {
    expect(findSharedPeriods([event], compared(every(['b'], startMs, endMs, quiet(2))))).toEqual([])
  })

  test('is judged if the control hardly has it, changes the other way, or is only a past', () => {
    expect(findSharedPeriods([event], compared(every(['b'], startMs, endMs, hit(2, 1.3))))).toEqual([])
    expect(findSharedPeriods([event], compared(every(['b'], startMs, endMs, hit(2, 0.3))))).toEqual([])
    expect(findSharedPeriods([event], compared(every(['b'], startMs, endMs, hit(2, 3)), 'before-after'))).toEqual([])
  })

  test('is the normal condition of a trial that began under it', () => {
    expect(findSharedPeriods([anomaly(99_000, null)], compared(every(['b'], startMs, endMs, hit(2, 3))))).toEqual([])
  })

  test('says nothing about the control while that has worked too little', () => {
    expect(findSharedPeriods([event], compared(every(['b'], startMs, 104_000, hit(2, 3))))).toEqual([])
  })
})

test('overlapping anomalies are left out once, and one that goes on until now', () => {
  const periods = [
    { from: 1_000, to: 4_000, metric: 'responseTime' },
    { from: 3_000, to: 6_000, metric: 'successRate' },
    { from: 9_000, to: null, metric: 'responseTime' },
  ]
  expect(computeSharedPeriodMs(periods, 2_000, 10_000)).toBe(4_000 + 1_000)
})

describe('a trial', () => {
  const history = { control: past, candidate: every(['a'], 0, startMs, quiet(3)) }
  const options = { goal: createUsualGoal('responseTime'), design: 'concurrent' as const, history, maxSamples: 80 }
  const look = (arms: ObservationsByArm, endedAt: number | null, final: boolean) => {
    const periods = findSharedPeriods([anomaly(100_000, endedAt)], compared(arms.control))
    const kept = { control: omitSuspensions(arms.control, periods), candidate: omitSuspensions(arms.candidate, periods) }
    const warm = createWarmUpJudge(options, (judged) => ({ judged, isWarmingUp: false, warmAt: [] }))
    const judge = createSharedAnomalyJudge<ObservationsByArm>(options, (judged, how) => warm.look(judged, how))
    return judge(arms, kept, periods, { final })
  }

  test('is not decided by an anomaly that happens to hit its candidate harder than its control', () => {
    const arms = (to: number) => ({
      control: every(['b'], startMs, to, hit(4, 2)),
      candidate: every(['a'], startMs, to, hit(5, 2.8)),
    })
    const unaware = createWarmUpJudge(options, (judged) => ({ judged, isWarmingUp: false, warmAt: [] }))
    expect(unaware.look(arms(200_000), { final: true }).decision).toBe('roll-back')
    const meanwhile = look(arms(200_000), null, false)
    expect(meanwhile.decision).toBe('continue')
    expect(meanwhile.reason).toContain('both arms')
    expect(look(arms(endMs), 200_000, true).decision).toBe('undecided')
  })

  test('proves nothing while the anomaly lasts, and its gain afterwards', () => {
    const faster = quiet(6)
    const arms = {
      control: every(['b'], startMs, endMs, hit(7, 3)),
      candidate: every(['a'], startMs, endMs, (at) => 0.5 * faster() * (isDuring(at) ? 3 : 1)),
    }
    expect(look(arms, null, false).decision).toBe('continue')
    expect(look(arms, 200_000, true).decision).toBe('keep')
  })

  test('ends at a catastrophe of the candidate although the control is hit too', () => {
    const arms = { control: every(['b'], startMs, 200_000, hit(8, 2)), candidate: every(['a'], startMs, 200_000, hit(9, 30)) }
    expect(look(arms, null, false)).toMatchObject({ decision: 'roll-back' })
  })

  test('ends by harm that is only in the candidate', () => {
    const arms = { control: every(['b'], startMs, 200_000, quiet(10)), candidate: every(['a'], startMs, 200_000, hit(11, 6)) }
    expect(look(arms, null, true).decision).toBe('roll-back')
  })
})
