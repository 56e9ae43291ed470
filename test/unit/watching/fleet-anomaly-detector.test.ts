import { describe, expect, test } from 'vitest'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'
import { learnFromDismissals, type WatchedPoint } from '../../../src/analysis/watching/index.ts'
import { createQuietFleet, createWatch, dayPoints, run, start, stepMs } from './fleet.ts'

test('a quiet day of 50 series has no more alarms than it may have, although it is the first', () => {
  const watch = createWatch(1)
  const { began } = run(watch, createQuietFleet(10), [0, dayPoints])
  expect(watch.size).toBe(50)
  expect(began.length).toBeLessThanOrEqual(1)
})

/** The fleet, in which the response time of an agent is several times as long for some steps. */
const withSlowness =
  (fleet: (step: number) => WatchedPoint[], agentId: string, [from, to]: [number, number], factor = 4) =>
  (step: number) =>
    fleet(step).map((point) =>
      point.component === agentId && point.metric === 'responseTime' && step >= from && step < to
        ? { ...point, value: point.value! * factor }
        : point,
    )

test('a shift is found within minutes, named with its beginning and size, and over when it is over', () => {
  const watch = createWatch()
  const slow = withSlowness(createQuietFleet(4), 'agent-1', [1_000, 1_100])
  const { began, ended } = run(watch, slow, [0, 1_200])
  const found = began.filter(({ component, metric }) => component === 'agent-1' && metric === 'responseTime')
  expect(found).toHaveLength(1)
  expect(found[0]!.step).toBeLessThan(1_010)
  expect(Math.abs(found[0]!.since - (start + 1_000 * stepMs))).toBeLessThan(10 * stepMs)
  expect(found[0]).toMatchObject({ isWorse: true, type: 'response_time_anomaly' })
  const over = ended.find(({ component, metric }) => component === 'agent-1' && metric === 'responseTime')!
  expect(over.value! / over.before).toBeGreaterThan(3)
  expect(over.severity).toBe('high')
  expect(Math.abs(over.endedAt! - (start + 1_100 * stepMs))).toBeLessThan(10 * stepMs)
  expect(watch.listOpen().filter(({ component }) => component === 'agent-1')).toEqual([])
})

test('an anomaly that becomes worse is as severe as it is by then', () => {
  const watch = createWatch()
  const slow = withSlowness(createQuietFleet(1), 'agent-0', [700, 860], 2)
  const slower = (step: number) => withSlowness(() => slow(step), 'agent-0', [850, 860], 6)(step)
  const seen = () => watch.listOpen().find(({ metric, isWorse }) => metric === 'responseTime' && isWorse)
  const first = run(watch, slower, [0, 850])
  const before = seen()!
  expect(before).toMatchObject({ severity: 'high' })
  expect(run(watch, slower, [850, 860]).began.filter(({ metric }) => metric === 'responseTime')).toEqual([])
  expect(seen()).toMatchObject({ since: before.since, before: before.before, severity: 'critical' })
  expect(first.began.filter(({ metric }) => metric === 'responseTime')).toHaveLength(1)
})

test('a fault that comes again hours later is found again', () => {
  const once = withSlowness(createQuietFleet(1), 'agent-0', [1_000, 1_030])
  const again = (step: number) => withSlowness(() => once(step), 'agent-0', [1_400, 1_410])(step)
  const { began } = run(createWatch(), again, [0, 1_410])
  const found = began.filter(({ metric, isWorse }) => metric === 'responseTime' && isWorse).map(({ step }) => step)
  expect(found).toHaveLength(2)
  expect(found[0]! - 1_000).toBeLessThan(8)
  expect(found[1]! - 1_400).toBeLessThan(8)
})

test('a fault that is not evident enough for an alarm is found once it has lasted, and one of some minutes is not', () => {
  const [short, long] = [1_100, 1_500]
  const once = withSlowness(createQuietFleet(1), 'agent-0', [short, short + 6], 2.5)
  const again = (step: number) => withSlowness(() => once(step), 'agent-0', [long, long + 40], 3)(step)
  const { began } = run(createWatch(1e-9), again, [0, long + 40])
  expect(began).toMatchObject([{ metric: 'responseTime', isWorse: true, kind: 'level-shift' }])
  expect(began[0]!.step - long).toBeLessThan(30)
  expect(Math.abs(began[0]!.since - (start + long * stepMs))).toBeLessThan(5 * stepMs)
})

test('the first morning is no lasting fault, because what is usual by time of day is not known yet', () => {
  const noises = Array.from({ length: 8 }, (_, i) => createRandomSource(1, i))
  /** Twice and a half as slow from eight to eighteen, with slopes of two hours. */
  const loadAt = (hour: number) => 1 + 1.5 * Math.min(1, Math.max(0, (hour - 8) / 2)) * Math.min(1, Math.max(0, (20 - hour) / 2))
  const rhythmic = (step: number): WatchedPoint[] =>
    noises.map((noise, i) => {
      const value = 100 * loadAt(step / 60) * Math.exp(0.15 * noise.normal())
      return { component: `agent-${i}`, metric: 'responseTime', value }
    })
  const { began } = run(createWatch(), rhythmic, [0, dayPoints])
  const lasting = began.filter(({ step, detectedAt, isWorse }) => isWorse && start + step * stepMs > detectedAt)
  expect(lasting).toEqual([])
})

test('what is suspected is reported soon or never', () => {
  const noises = [1, 2].map((seed) => createRandomSource(seed, 0))
  const slowing = (step: number): WatchedPoint[] =>
    noises.map((noise, i) => {
      const value = 100 * (1 + Math.min(1.5, Math.max(0, step - 1_500) / 160)) * Math.exp(0.15 * noise.normal())
      return { component: `agent-${i}`, metric: 'responseTime', value }
    })
  const { began } = run(createWatch(1e-9), slowing, [0, 1_800])
  for (const { step, detectedAt } of began) expect(start + step * stepMs - detectedAt).toBeLessThanOrEqual(48 * stepMs)
})

test('a gross fault in the first hours of a new fleet is found', () => {
  const fleet = createQuietFleet(4)
  const factors: Partial<Record<string, number>> = { responseTime: 5, throughput: 0 }
  const faulty = (step: number) =>
    fleet(step).map((point) => {
      const isHit = point.component === 'agent-1' && step >= 240
      return isHit ? { ...point, value: point.value! * (factors[point.metric] ?? 1) } : point
    })
  const { began } = run(createWatch(), faulty, [0, 260])
  const found = began.filter(({ component, isWorse }) => component === 'agent-1' && isWorse).map(({ metric }) => metric)
  expect(found.toSorted()).toEqual(['responseTime', 'throughput'])
})

describe('a change to the better', () => {
  const found = ({ began }: ReturnType<typeof run>) =>
    began.filter(({ component, metric, step }) => component === 'agent-1' && metric === 'responseTime' && step >= 1_000)

  test('that lasts is another level, and no harm', () => {
    const faster = withSlowness(createQuietFleet(4), 'agent-1', [1_000, 1_100], 0.4)
    const seen = found(run(createWatch(), faster, [0, 1_100]))
    expect(seen).toMatchObject([{ isWorse: false, kind: 'level-shift' }])
    expect(seen[0]!.step).toBeLessThan(1_040)
    expect(Math.abs(seen[0]!.since - (start + 1_000 * stepMs))).toBeLessThan(10 * stepMs)
  })

  test('for some minutes is not reported', () => {
    const faster = withSlowness(createQuietFleet(4), 'agent-1', [1_000, 1_010], 0.4)
    expect(found(run(createWatch(), faster, [0, 1_100]))).toEqual([])
  })

  test('that turns to the worse before it is reported is none', () => {
    // Little is known yet, so that the detectors are too cautious for an alarm.
    const faster = withSlowness(createQuietFleet(4), 'agent-1', [180, 188], 0.4)
    const thenSlow = (step: number) => withSlowness(() => faster(step), 'agent-1', [188, 240], 1.6)(step)
    const { began } = run(createWatch(0.01), thenSlow, [0, 240])
    expect(began.filter(({ isWorse }) => !isWorse)).toEqual([])
  })

  test.each([10, 40])('that lasts %d steps does not hide the fault that follows it', (length) => {
    const turn = 1_000 + length
    const faster = withSlowness(createQuietFleet(1), 'agent-0', [1_000, turn], 0.4)
    const thenSlow = (step: number) => withSlowness(() => faster(step), 'agent-0', [turn, turn + 10], 4)(step)
    const { began } = run(createWatch(), thenSlow, [0, turn + 10])
    const worse = began.filter(({ metric, isWorse, step }) => metric === 'responseTime' && isWorse && step >= 1_000)
    expect(worse).toHaveLength(1)
    expect(worse[0]!.step).toBeLessThan(turn + 5)
    expect(worse[0]!.since).toBe(start + turn * stepMs)
    expect(worse[0]!.value! / worse[0]!.before).toBeGreaterThan(2.5)
  })

  test('is over when the series becomes worse, which is noticed at once', () => {
    const faster = withSlowness(createQuietFleet(4), 'agent-1', [1_000, 1_060], 0.4)
    const thenSlow = (step: number) => withSlowness(() => faster(step), 'agent-1', [1_060, 1_100], 4)(step)
    const seen = run(createWatch(), thenSlow, [0, 1_100])
    const [better, worse] = found(seen)
    expect([better, worse]).toMatchObject([{ isWorse: false }, { isWorse: true }])
    expect(worse!.step).toBeLessThan(1_068)
    expect(seen.ended).toContainEqual(expect.objectContaining({ since: better!.since, isWorse: false }))
  })
})

test('an agent that is away has no anomaly, and one that comes back goes on', () => {
  const watch = createWatch()
  const fleet = createQuietFleet(2)
  const away = (step: number) => fleet(step).filter(({ component }) => component !== 'agent-1' || step < 800 || step >= 1_000)
  const { began } = run(watch, away, [0, 1_100])
  expect(began.filter(({ component }) => component === 'agent-1')).toEqual([])
})

test('an agent that lives and stops working loses its throughput', () => {
  const fleet = createQuietFleet(2)
  const idle = (step: number) =>
    fleet(step).flatMap((point) => {
      if (point.component !== 'agent-1' || step < 1_000) return [point]
      return point.metric === 'throughput' ? [{ ...point, value: 0 }] : []
    })
  const { began } = run(createWatch(), idle, [0, 1_100])
  expect(began.find(({ component }) => component === 'agent-1')).toMatchObject({ metric: 'throughput', isWorse: true })
})

describe('a metric of executions', () => {
  const [wasAt, end] = [600, 640]
  /** The agent reports its cost in this share of the steps, until it no longer does. */
  const reporting = (share: number, until: number) => {
    const fleet = createQuietFleet(2)
    const random = createRandomSource(5)
    return (step: number) =>
      fleet(step).flatMap((point) => {
        const isMissing = point.metric === 'costUsd' && (random.uniform() > share || step >= until)
        return isMissing && point.component === 'agent-1' ? [] : [{ ...point, isOfWork: true }]
      })
  }
  const costOf = ({ began }: ReturnType<typeof run>) => began.filter(({ metric }) => metric === 'costUsd')

  test('that is no longer reported drops out', () => {
    const watch = createWatch()
    const [found, ...others] = costOf(run(watch, reporting(1, wasAt), [0, end]))
    expect(others).toEqual([])
    expect(found).toMatchObject({ component: 'agent-1', kind: 'dropout', type: 'metric_dropout', isWorse: true })
    expect(found!.step).toBeLessThan(wasAt + 20)
    expect(watch.listOpen().find(({ metric }) => metric === 'costUsd')).toMatchObject({ value: null })
  })

  test('that is renamed drops out under its old name for a day, and begins anew under the other', () => {
    const fleet = createQuietFleet(1)
    const renamed = (step: number) =>
      fleet(step).flatMap((point) => {
        if (point.metric === 'costUsd') return [{ ...point, isOfWork: true, metric: step < wasAt ? 'costUsd' : 'costEur' }]
        return point.metric === 'throughput' ? [{ ...point, isOfWork: true }] : []
      })
    const watch = createWatch()
    const { began } = run(watch, renamed, [0, end])
    const ofCost = began.filter(({ metric }) => metric !== 'throughput')
    expect(ofCost).toMatchObject([{ metric: 'costUsd', kind: 'dropout' }])
    const { ended } = run(watch, renamed, [end, end + dayPoints])
    expect(ended).toContainEqual(expect.objectContaining({ metric: 'costUsd', kind: 'dropout' }))
    expect(watch.listOpen().filter(({ metric }) => metric === 'costUsd')).toEqual([])
  })

  test.each([0.3, 0.85, 0.95])('that is reported in %d of the steps only has no anomaly', (share) => {
    expect(costOf(run(createWatch(), reporting(share, end), [0, end]))).toEqual([])
  })
})

describe('a score that comes later than its execution', () => {
  const [wasAt, end] = [900, 1_100]
  /** Scores of the agent come in this share of the steps, until none comes any more; it does not work in some. */
  const scoring = (share: number, until: number, isIdle = (_step: number) => false) => {
    const fleet = createQuietFleet(1)
    const random = createRandomSource(6)
    return (step: number) => {
      const work = fleet(step).filter(({ component }) => component !== 'agent-0' || !isIdle(step))
      const score = { component: 'agent-0', metric: 'qualityScore', value: 0.8 + 0.02 * random.normal(), lateMs: 0 }
      const comes = random.uniform() < share && step < until && !isIdle(step)
      return [...work.map((point) => ({ ...point, isOfWork: true })), ...(comes ? [score] : [])]
    }
  }
  const scoreOf = ({ began }: ReturnType<typeof run>) => began.filter(({ metric }) => metric === 'qualityScore')

  test.each([1, 0.4])('in %d of the steps drops out once it no longer comes', (share) => {
    const points = scoring(share, wasAt)
    const first = createWatch()
    run(first, points, [0, wasAt])
    const watch = createWatch(1, JSON.parse(JSON.stringify(first.save())))
    const [found, ...others] = scoreOf(run(watch, points, [wasAt, end]))
    expect(others).toEqual([])
    expect(found).toMatchObject({ component: 'agent-0', kind: 'dropout', type: 'metric_dropout', isWorse: true })
    expect(found!.step).toBeLessThan(wasAt + 80)
    expect(Math.abs(found!.since - (start + wasAt * stepMs))).toBeLessThan(12 * stepMs)
  })

  test.each([0.4, 0.05])('in %d of the steps is not missed as long as it comes', (share) => {
    expect(scoreOf(run(createWatch(), scoring(share, 4_000), [0, 4_000]))).toEqual([])
  })

  /** From the second day on, scores of the day before come for four hours each night; the newest execution of a step is that old, in days. */
  const missedBatches = (ageOf: (done: number) => number) => {
    const work = createQuietFleet(1)
    const random = createRandomSource(6)
    const [begins, length] = [120, 240]
    const nightly = (step: number): WatchedPoint[] => {
      const done = ((step % dayPoints) - begins) / length
      const comes = step > dayPoints && done >= 0 && done < 1
      const lateMs = ageOf(done) * dayPoints * stepMs
      const score = { component: 'agent-0', metric: 'qualityScore', value: 0.8 + 0.02 * random.normal(), lateMs }
      return [...work(step).map((point) => ({ ...point, isOfWork: true })), ...(comes ? [score] : [])]
    }
    return scoreOf(run(createWatch(), nightly, [0, 5 * dayPoints]))
  }

  test('in batches of a day is neither missed nor unusual; in any order, it is missed once at most', () => {
    expect(missedBatches((done) => 1 - done)).toEqual([])
    expect(missedBatches(() => 0).length).toBeLessThanOrEqual(1)
  })

  test('is not missed while its agent does not work', () => {
    expect(
      scoreOf(
        run(
          createWatch(),
          scoring(0.4, wasAt, (step) => step >= wasAt),
          [0, end],
        ),
      ),
    ).toEqual([])
  })
})

test('a restart from what was saved changes nothing', () => {
  const slow = () => withSlowness(createQuietFleet(2), 'agent-1', [1_000, 1_100])
  const whole = run(createWatch(), slow(), [0, 1_150])
  const points = slow()
  const first = createWatch()
  const before = run(first, points, [0, 1_020])
  const after = run(createWatch(1, JSON.parse(JSON.stringify(first.save()))), points, [1_020, 1_150])
  expect([...before.began, ...after.began]).toEqual(whole.began)
  expect([...before.ended, ...after.ended]).toEqual(whole.ended)
})

test('series whose states are of an older version, of another series or damaged begin anew, and the others go on', () => {
  const first = createWatch()
  run(first, createQuietFleet(1), [0, 200])
  const [older, moved, damaged, ...others] = JSON.parse(JSON.stringify(first.save())) as ReturnType<typeof first.save>
  older!.state.detector.version--
  moved!.metric = 'qualityScore'
  damaged!.state.recent.values = damaged!.state.recent.values.slice(8)
  const anew = createWatch(1, [older!, moved!, damaged!, ...others])
  expect(anew.hasBegunAnew).toBe(true)
  expect(anew.save().map(({ state }) => state.latest === null)).toEqual([true, true, true, ...others.map(() => false)])
  expect(createWatch(1, others).hasBegunAnew).toBe(false)
})

test('what is no longer measured is forgotten after two weeks, also by what is saved', () => {
  const watch = createWatch()
  const fleet = createQuietFleet(2)
  run(watch, fleet, [0, 3])
  const measured = (step: number) => fleet(step).filter(({ component }) => component === 'agent-0')
  run(watch, measured, [13 * dayPoints, 13 * dayPoints + 1])
  expect(watch.size).toBe(10)
  run(watch, measured, [15 * dayPoints, 15 * dayPoints + 1])
  expect(new Set(watch.save().map(({ component }) => component))).toEqual(new Set(['agent-0']))
})

test('what was not measured for a day makes room in a full watch', () => {
  const maxSeries = 200
  const watch = createWatch(1, [], maxSeries)
  const hosts = Array.from({ length: maxSeries }, (_, i) => ({ component: `host-${i}`, metric: 'cpuPercent', value: 50 }))
  run(watch, () => hosts, [0, 1])
  const present = () => [...hosts.slice(0, 100), { component: 'new', metric: 'cpuPercent', value: 50 }]
  run(watch, present, [1, 2])
  expect(watch.size).toBe(maxSeries)
  expect(watch.unwatched).toBe(1)
  // It has no value in this step, but counts for an hour.
  run(watch, () => hosts.slice(0, 100), [2, 3])
  expect(watch.unwatched).toBe(1)
  run(watch, () => hosts.slice(0, 100), [61, 62])
  expect(watch.unwatched).toBe(0)
  run(watch, present, [62, 63])
  expect(watch.unwatched).toBe(1)
  run(watch, present, [dayPoints + 1, dayPoints + 2])
  expect(watch.save().map(({ component }) => component)).toContain('new')
  expect(watch.unwatched).toBe(0)
})

test('what was dismissed is learned for the same kind in the same series, by half for its other kinds, and nowhere else', () => {
  const learned = learnFromDismissals([{ component: 'a', metric: 'responseTime', kind: 'burst', caution: 6 }])
  expect(learned('a', 'responseTime', 'burst')).toBe(6)
  expect(learned('a', 'responseTime', 'spike')).toBe(3)
  expect(learned('a', 'successRate', 'burst')).toBe(0)
  expect(learned('b', 'responseTime', 'burst')).toBe(0)
})

test('an anomaly like one that was dismissed is not raised', () => {
  const slow = withSlowness(createQuietFleet(1), 'agent-0', [1_000, 1_050])
  const watch = createWatch()
  const kinds = ['spike', 'burst', 'level-shift'] as const
  const learned = learnFromDismissals(
    kinds.map((kind) => ({ component: 'agent-0', metric: 'responseTime', kind, caution: 1_000 })),
  )
  for (let step = 0; step < 1_050; step++) watch.step(start + step * stepMs, slow(step), learned)
  expect(watch.listOpen().filter(({ metric }) => metric === 'responseTime')).toEqual([])
})

test('an agent that is slow because the one it asks has a growing queue: that one is the cause', () => {
  const watch = createWatch()
  const fleet = createQuietFleet(4)
  const queue = (step: number) => Math.max(0, step - 1_000)
  const loaded = (step: number): WatchedPoint[] => [
    ...fleet(step).map((point) => {
      const isSlow = point.metric === 'responseTime' && (point.component === 'agent-1' || point.component === 'agent-2')
      const share = point.component === 'agent-2' ? 0.4 : 0.2
      return isSlow ? { ...point, value: point.value! * (1 + share * Math.min(20, queue(step))) } : point
    }),
    { component: 'agent-2', metric: 'queueDepth', value: 3 + (step % 3) + 2 * queue(step) },
  ]
  run(watch, loaded, [0, 1_020])
  const open = watch.listOpen().find(({ component, metric }) => component === 'agent-1' && metric === 'responseTime')!
  const graph = [
    ['agent-1', 'agent-2'],
    ['agent-1', 'agent-3'],
    ['agent-0', 'agent-3'],
  ] as const
  watch.findCauses(open, start + 1_019 * stepMs, { graph, shared: new Set() })
  expect(open.causes[0]).toMatchObject({ component: 'agent-2' })
  expect(open.causes[0]!.probability).toBeGreaterThan(0.5)
  expect(open.causes[0]!.why).toContain('and moves with the symptom')
  expect(open.type).toBe('dependency_slowdown')
})

test('agents that become slow at the same time and have nothing to do with each other do not cause each other; what they share may', () => {
  const watch = createWatch()
  const fleet = createQuietFleet(4)
  const factors: Partial<Record<string, number>> = { 'agent-1': 3, 'agent-2': 5 }
  const slow = (step: number): WatchedPoint[] => [
    ...fleet(step).map((point) => {
      const factor = point.metric === 'responseTime' && step >= 600 ? (factors[point.component] ?? 1) : 1
      return { ...point, value: point.value! * factor }
    }),
    { component: 'host', metric: 'cpuPercent', value: 20 + (step % 3) },
  ]
  run(watch, slow, [0, 612])
  const shared = new Set(['host'])
  const causesOf = (metric: string, component: string) => {
    const open = watch.listOpen().find((each) => each.component === component && each.metric === metric)!
    watch.findCauses(open, start + 611 * stepMs, { graph: [], shared })
    return open.causes.map((cause) => cause.component)
  }
  for (const agent of ['agent-1', 'agent-2']) expect(causesOf('responseTime', agent).toSorted()).toEqual([agent, 'host'])
})
