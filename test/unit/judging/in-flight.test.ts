import { describe, expect, test } from 'vitest'
import { type ArmObservations, createJudge, createTrialJudge, type SwitchbackBlock } from '../../../src/analysis/judging/index.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { OptimizerError } from '../../../src/model/errors.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import type { Arm, Sample } from '../../../src/model/trial.ts'
import { requests } from './arms.ts'

const latency = { name: 'response time', direction: 'lower', kind: 'continuous' } as const
const history = { control: requests(1, 'a', -300_000, 0, {}), candidate: requests(2, 'b', -300_000, 0, {}) }
const options = { metric: latency, design: 'concurrent', history, maxSamples: 100 } as const

/** The requests known at `now`, of those that began at random: those that have finished, and the age of those that have not. */
function knownAt(now: number, begun: Sample[]) {
  const finished = begun.map((sample) => ({ ...sample, at: sample.at + sample.value })).filter(({ at }) => at <= now)
  const inFlight = begun
    .filter(({ at, value }) => at <= now && at + value > now)
    .map((sample) => ({ ...sample, at: now, value: now - sample.at }))
  return { finished, inFlight }
}

function watch(control: Sample[], candidate: Sample[], seeInFlight: boolean) {
  const judge = createJudge(options)
  for (let now = 2_000; now <= 90_000; now += 2_000) {
    const [a, b] = [knownAt(now, control), knownAt(now, candidate)]
    const inFlight = seeInFlight ? { control: a.inFlight, candidate: b.inFlight } : undefined
    const look = judge.look({ control: a.finished, candidate: b.finished, inFlight })
    if (look.decision !== 'continue') return { ...look, afterMs: now }
  }
  return null
}

describe('requests in flight', () => {
  test('of an arm that hangs are harm as soon as they are older than usual', () => {
    const control = requests(3, 'a', 0, 90_000, {})
    const hanging = requests(4, 'b', 0, 90_000, { medianMs: 1e9 })
    expect(watch(control, hanging, true)).toMatchObject({ decision: 'roll-back' })
    expect(watch(control, hanging, true)!.afterMs).toBeLessThanOrEqual(20_000)
    expect(watch(control, hanging, false)).toBeNull()
  })

  test('of an arm that is far slower show the harm before they finish', () => {
    const early = [5, 6, 7, 8, 9].map((seed) => {
      const control = requests(seed, 'a', 0, 90_000, {})
      const slow = requests(seed + 100, 'b', 0, 90_000, { medianMs: 12_000 })
      return watch(control, slow, false)!.afterMs - watch(control, slow, true)!.afterMs
    })
    for (const earlier of early) expect(earlier).toBeGreaterThanOrEqual(4_000)
  })

  test('of similar arms change nothing', () => {
    const verdicts = Array.from({ length: 40 }, (_, i) =>
      watch(requests(200 + i, 'a', 0, 90_000, {}), requests(300 + i, 'b', 0, 90_000, {}), true),
    )
    const share = (decision: string) => verdicts.filter((look) => look?.decision === decision).length / verdicts.length
    // 5 % and 2.5 % are allowed; the bounds leave room for chance (three standard deviations).
    expect(share('roll-back')).toBeLessThan(0.135)
    expect(share('keep')).toBeLessThan(0.09)
  })

  test('of a candidate that works more than the control are harm too', () => {
    const busy = (from: number, to: number, behaviour: Parameters<typeof requests>[4]) =>
      requests(4, 'b', from, to, behaviour, 500)
    const judge = createJudge({ ...options, history: { ...history, candidate: busy(-300_000, 0, {}) } })
    const begun = busy(0, 90_000, { medianMs: 480 }).map((each, i) => (i % 10 === 9 ? { ...each, value: 1e9 } : each))
    const [control, candidate] = [knownAt(90_000, requests(3, 'a', 0, 90_000, {})), knownAt(90_000, begun)]
    const inFlight = { control: control.inFlight, candidate: candidate.inFlight }
    const look = judge.look({ control: control.finished, candidate: candidate.finished, inFlight })
    expect(look).toMatchObject({ decision: 'roll-back' })
  })

  test('that are young say nothing', () => {
    const arms = { control: requests(3, 'a', 0, 60_000, {}), candidate: requests(4, 'b', 0, 60_000, {}) }
    const young = Array.from({ length: 20 }, () => ({ at: 60_000, instance: 'b', value: 900 }))
    const judge = createJudge(options)
    expect(judge.look({ ...arms, inFlight: { control: [], candidate: young } })).toEqual(judge.look(arms))
  })

  test('have no outcome yet', () => {
    const judge = createJudge({
      ...options,
      metric: { name: 'success', direction: 'higher', kind: 'proportion' },
      history: empty,
    })
    expect(() => judge.look({ ...empty, inFlight: empty })).toThrow(OptimizerError)
  })
})
const empty = { control: [], candidate: [] }

describe('executions in flight in a trial', () => {
  /** One a second on each instance until `to`; one in twenty of the past times out. */
  function finished(instance: string, from: number, to: number, timeoutMs?: number): ArmObservations['executions'] {
    return requests(instance.charCodeAt(0), instance, from, to, { outliers: 0 }).map(({ at, value }, i) =>
      timeoutMs && i % 20 === 19
        ? { at, instance, durationMs: timeoutMs, success: false }
        : { at, instance, durationMs: value, success: true },
    )
  }
  function lookAtHanging(timeoutMs?: number) {
    const past = (instance: string) => ({ executions: finished(instance, -300_000, 0, timeoutMs), negotiations: [] })
    const judge = createTrialJudge({
      target: 'responseTime',
      design: 'concurrent',
      history: { control: past('a'), candidate: past('b') },
      maxSamples: 100,
    })
    const inFlight = Array.from({ length: 14 }, (_, i) => ({ at: 25_000, instance: 'b', durationMs: 24_000 - 1_000 * i }))
    const control = { executions: finished('a', 0, 25_000), negotiations: [] }
    return judge.look({ control, candidate: { executions: [], negotiations: [], inFlight } }, { final: false })
  }

  test('are slow answers if none of the past ran as long', () => {
    expect(lookAtHanging()).toMatchObject({ decision: 'roll-back', reason: expect.stringContaining('response time') })
  })

  test('are failures if most of those that ran as long have failed', () => {
    expect(lookAtHanging(30_000)).toMatchObject({ decision: 'roll-back', reason: expect.stringContaining('success rate') })
  })
})

describe('executions in flight beside a bound on the response time', () => {
  const bound = objectiveSchema.parse({
    minimize: 'costUsd',
    subjectTo: [{ metric: 'responseTime', quantile: 0.95, max: 3_000 }],
    tolerate: { successRate: 15 },
  })
  const goal = buildTrialGoal({ targetMetric: 'costUsd', objective: bound, declared: [] })
  /** One every half second, as known after 150 s; one in `hangs` never ends. */
  function arm(instance: string, from: number, costUsd: number, hangs = Number.POSITIVE_INFINITY): ArmObservations {
    const to = from + 150_000
    const { ended = [], open = [] } = Object.groupBy(
      requests(instance.charCodeAt(0), instance, from, to, { outliers: 0 }, 500),
      ({ value }, i) => (i % hangs === hangs - 1 && value > 0 ? 'open' : 'ended'),
    )
    return {
      executions: ended.map(({ at, value }, i) => ({
        at,
        instance,
        durationMs: value,
        success: i % 40 > 0,
        metrics: { costUsd: costUsd * (1 + (i % 5) / 10) },
      })),
      negotiations: [],
      inFlight: open.map(({ at }) => ({ at: to, instance, durationMs: to - at })),
    }
  }
  const lookAt = (hangs?: number) =>
    createTrialJudge({
      goal,
      design: 'concurrent',
      history: { control: arm('a', -150_000, 0.01), candidate: arm('b', -150_000, 0.01) },
      maxSamples: 160,
    }).look({ control: arm('c', 0, 0.01), candidate: arm('d', 0, 0.006, hangs) }, { final: true })

  test('are beyond it once they have run longer', () => {
    expect(lookAt()).toMatchObject({ decision: 'keep' })
    expect(lookAt(16)).toMatchObject({ decision: 'undecided', code: 'bound-not-proven' })
    expect(lookAt(6)).toMatchObject({ decision: 'roll-back', code: 'guardrail' })
  })
})

test('requests in flight of a switchback trial count in the block that started them', () => {
  const blockMs = 20_000
  const blocks = Array.from({ length: 24 }, (_, i): SwitchbackBlock => {
    const arm = i % 4 === 0 || i % 4 === 3 ? 'control' : 'candidate'
    return { arm, from: i * blockMs, to: (i + 1) * blockMs }
  })
  const end = blocks.length * blockMs
  const past = requests(1, 'a', -300_000, 0, {})
  const judge = createJudge({ ...options, design: 'switchback', history: { control: past, candidate: past } })
  const of = (arm: Arm, medianMs: number) =>
    blocks.filter((block) => block.arm === arm).flatMap(({ from, to }) => requests(from, 'a', from, to, { medianMs }))
  const { ended, hanging } = Object.groupBy(of('candidate', 500), (_, i) => (i % 10 === 9 ? 'hanging' : 'ended'))
  const inFlight = { control: [], candidate: hanging!.map((request) => ({ ...request, value: end - request.at })) }
  const look = judge.look({ control: of('control', 800), candidate: ended!, inFlight, blocks }, { final: true })
  expect(look).toMatchObject({ decision: 'roll-back' })
})
