/** The safeguards that keep a trial from doing harm. */
import { describe, expect, test } from 'vitest'
import { createTuner } from '../../../src/analysis/tuning/index.ts'
import { createPriorMean } from '../../../src/analysis/tuning/model/prior.ts'
import { createExcessScale } from '../../../src/analysis/tuning/model/scale.ts'
import { createExploredRegion } from '../../../src/analysis/tuning/search/explored-region.ts'
import { createSpace } from '../../../src/analysis/tuning/space/space.ts'

describe('how far a number may go beyond tried values', () => {
  const space = createSpace([
    { name: 'threads', type: 'int', applies: 'live', min: 1, max: 32, scale: 'log' },
    { name: 'share', type: 'float', applies: 'live', min: 0, max: 1, scale: 'linear' },
  ])
  const within = createExploredRegion(
    space,
    space.encode({ threads: 1, share: 0.5 }),
    [space.encode({ threads: 1, share: 0.5 }), space.encode({ threads: 1, share: 0.6 })],
    0.1,
  )
  const allows = (threads: number, share: number) => within(space.encode({ threads, share }))

  test('is a step in either direction', () => {
    expect(allows(1, 0.4)).toBe(true)
    expect(allows(1, 0.7)).toBe(true)
    expect(allows(1, 0.35)).toBe(false)
    expect(allows(1, 0.75)).toBe(false)
  })

  test('is at most a factor of three at first on a wide log scale, and grows with what was tried without harm', () => {
    const wide = createSpace([{ name: 'bytes', type: 'int', applies: 'live', min: 1, max: 1_000_000, scale: 'log' }])
    const at = (bytes: number) => wide.encode({ bytes })
    const reaches = (tried: number[], bytes: number) => createExploredRegion(wide, at(10), tried.map(at), 0.16)(at(bytes))
    expect([30, 31].map((bytes) => reaches([10], bytes))).toEqual([true, false])
    expect([250, 300].map((bytes) => reaches([10, 50], bytes))).toEqual([true, false])
  })

  test('always includes the next whole number', () => {
    expect(allows(2, 0.5)).toBe(true)
    expect(allows(3, 0.5)).toBe(false)
  })
})

describe('how far a ratio lies beyond its bound', () => {
  const atLeast = createExcessScale([0.9, 1], 0.95, -1)
  const atMost = createExcessScale([0, 0.1], 0.05, 1)

  test('is zero at the bound, and grows with the distance', () => {
    expect(atLeast(0.95, 0).value).toBeCloseTo(0, 12)
    const excesses = [1, 0.99, 0.96, 0.94, 0.5, 0].map((value) => atLeast(value, 0).value)
    expect(excesses).toEqual(excesses.toSorted((a, b) => a - b))
    for (const share of [0, 0.01, 0.3]) expect(atMost(share, 0).value).toBeCloseTo(atLeast(1 - share, 0).value, 12)
  })

  test('counts the factor by which failures multiply, so that they show before they matter', () => {
    const doubled = (failing: number) => atLeast(1 - 2 * failing, 0).value - atLeast(1 - failing, 0).value
    expect(doubled(0.01)).toBeGreaterThan(0.8 * doubled(0.04))
  })

  test('converts the standard error as well', () => {
    const [at, step] = [0.97, 1e-6]
    const slope = (atLeast(at + step, 0).value - atLeast(at - step, 0).value) / (2 * step)
    expect(atLeast(at, 0.01).variance).toBeCloseTo((0.01 * slope) ** 2, 6)
  })
})

describe('the prior mean of a number', () => {
  const knobs = [{ name: 'a', type: 'float', applies: 'live', min: 0, max: 1, scale: 'linear' } as const]

  test('is equally worse at both ends of its range than in the middle', () => {
    const assumed = createPriorMean([...knobs, { name: 'b', type: 'bool', applies: 'live' }], [true, true], 0.25)
    expect([0, 0.5, 1].map((at) => assumed([at, 1]))).toEqual([0.25, 0, 0.25])
  })

  test('is flat if the number is declared to affect other metrics', () => {
    expect(createPriorMean(knobs, [false], 0.25)([0])).toBe(0)
  })
})

test('a cliff ten times as high hardly changes what is expected of the configurations around it', () => {
  const expected = (cliff: number) => {
    const tuner = createTuner({
      seed: 1,
      knobs: ['a', 'b'].map((name) => ({ name, type: 'float', min: 0, max: 1 })),
      objective: { metric: 'latency', direction: 'minimize' },
      current: { a: 0.5, b: 0.5 },
    })
    for (const [a, value] of [
      [0.5, 100],
      [0.6, 90],
      [0.9, cliff],
    ] as const)
      tuner.tell({ configuration: { a, b: 0.5 }, metrics: { latency: { value, standardError: 0.05 * value } } })
    return tuner.recommend().expected!.mean
  }
  expect(expected(5_000) / expected(500)).toBeCloseTo(1, 1)
})

test('a cliff in the middle of the ranges is not believed to be better than a start at their ends', () => {
  const names = ['a', 'b', 'c', 'd']
  const all = (value: number) => Object.fromEntries(names.map((name) => [name, value]))
  const tuner = createTuner({
    seed: 1,
    knobs: names.map((name) => ({ name, type: 'float', min: 0, max: 1 })),
    objective: { metric: 'latency', direction: 'minimize' },
    current: all(0),
  })
  for (const [at, value] of [
    [0, 100],
    [0.1, 98],
    [0.5, 590],
  ] as const)
    tuner.tell({ configuration: all(at), metrics: { latency: { value, standardError: 0.05 * value } } })
  expect(tuner.recommend().configuration).not.toEqual(all(0.5))
  expect(tuner.ask({ aggressiveness: 3 }).configuration).not.toEqual(all(0.5))
})

test('from level 3 on, a search that has nothing new and safe to try turns what promises more than it risks', () => {
  // Every attempt with more memory was harmful, which makes the effects of the other knobs seem large as well.
  const told = [
    { memory: 1, splits: 1, latency: 102 },
    { memory: 3, splits: 1, latency: 108 },
    { memory: 8, splits: 1, latency: 203 },
    { memory: 3, splits: 1, latency: 115 },
    { memory: 2, splits: 1, latency: 105 },
    { memory: 1, splits: 1, latency: 101 },
    { memory: 1, splits: 1, latency: 101 },
  ]
  const ask = (aggressiveness: number, seed: number) => {
    const tuner = createTuner({
      seed,
      knobs: [
        { name: 'memory', type: 'int', min: 1, max: 1_000_000, scale: 'log' },
        { name: 'splits', type: 'int', min: 1, max: 6 },
      ],
      objective: { metric: 'latency', direction: 'minimize' },
      current: { memory: 1, splits: 1 },
    })
    for (const { latency, ...configuration } of told)
      tuner.tell({ configuration, metrics: { latency: { value: latency, standardError: 0.07 * latency } } })
    return tuner.ask({ aggressiveness }).configuration.splits
  }
  const seeds = [1, 2, 3, 4]
  expect(seeds.map((seed) => ask(2, seed))).toEqual([1, 1, 1, 1])
  expect(seeds.filter((seed) => ask(3, seed) === 2).length).toBeGreaterThanOrEqual(2)
})

test('from level 3 on, a step too small to show in a measurement gives way to one that is less certain to be harmless', () => {
  // Splits and queue move a metric that is limited, so that little else is certain to keep the limit.
  const current = { queue: 0.1, wait: 0.5, splits: 2, counters: 6, poll: 0 }
  const told = [
    { changes: {}, latency: 94, waste: 0.91 },
    { changes: { splits: 3, poll: 0.07 }, latency: 104, waste: 0.99 },
    { changes: { queue: 0.16 }, latency: 112, waste: 0.27 },
    { changes: { queue: 0.22 }, latency: 117, waste: 0.21 },
    { changes: { splits: 1 }, latency: 107, waste: 0.93 },
    { changes: { poll: 0.04 }, latency: 95, waste: 0.95 },
  ]
  for (const seed of [5, 16]) {
    const tuner = createTuner({
      seed,
      knobs: [
        { name: 'queue', type: 'float', min: 0, max: 1 },
        { name: 'wait', type: 'float', min: 0, max: 1 },
        { name: 'splits', type: 'int', min: 1, max: 6 },
        { name: 'counters', type: 'int', min: 1, max: 12 },
        { name: 'poll', type: 'float', min: 0, max: 1 },
      ],
      objective: { metric: 'latency', direction: 'minimize' },
      constraints: [{ metric: 'waste', max: 1 }],
      current,
    })
    for (const { changes, latency, waste } of told)
      tuner.tell({
        configuration: { ...current, ...changes },
        metrics: {
          latency: { value: latency, standardError: 0.06 * latency },
          waste: { value: waste, standardError: 0.03 * waste },
        },
      })
    const { configuration, risk } = tuner.ask({ aggressiveness: 3 })
    expect(Math.abs(Number(configuration.poll) - current.poll)).toBeGreaterThan(0.1)
    expect(risk).toBeLessThan(0.52)
  }
})

test('while the best itself may violate a constraint, only safer configurations are tried, if any are known', () => {
  // Size costs memory, all of which is in use; speed costs nothing.
  const told = [
    { size: 0.5, speed: 0.5, latency: 100, memory: 1 },
    { size: 0.4, speed: 0.5, latency: 130, memory: 0.8 },
    { size: 0.3, speed: 0.5, latency: 170, memory: 0.6 },
    { size: 0.5, speed: 0.6, latency: 85, memory: 1 },
  ]
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const tuner = createTuner({
      seed,
      knobs: ['size', 'speed'].map((name) => ({ name, type: 'float', min: 0, max: 1 })),
      objective: { metric: 'latency', direction: 'minimize' },
      constraints: [{ metric: 'memory', max: 1 }],
      current: { size: 0.5, speed: 0.5 },
    })
    for (const { latency, memory, ...configuration } of told)
      tuner.tell({
        configuration,
        metrics: {
          latency: { value: latency, standardError: 0.02 * latency },
          memory: { value: memory, standardError: 0.08 * memory },
        },
      })
    expect(tuner.ask({ aggressiveness: 3 }).risk).toBeLessThan(0.28)
  }
})

test('no trial is worth it whose expected loss outweighs its expected improvement', () => {
  const current = { cache: true, batch: true, size: 0.5 }
  const tuner = createTuner({
    seed: 1,
    knobs: [
      { name: 'cache', type: 'bool' },
      { name: 'batch', type: 'bool' },
      { name: 'size', type: 'float', min: 0, max: 1 },
    ],
    objective: { metric: 'latency', direction: 'minimize' },
    current,
  })
  tuner.tell({
    configuration: { ...current, cache: false, batch: false },
    metrics: { latency: { value: 300, standardError: 6 } },
  })
  tuner.tell({ configuration: current, metrics: { latency: { value: 100, standardError: 2 } } })
  const ask = (lossWeight: number) => tuner.ask({ aggressiveness: 5, toProve: 0.1, trialCost: 0, lossWeight }).configuration
  expect(ask(0)).not.toEqual(current)
  expect(ask(10)).toEqual(current)
})

test('from level 3 on, the first trials turn at most two knobs, and none that was measured is asked for again', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const options = {
    seed: 1,
    knobs: names.map((name) => ({ name, type: 'float' as const, min: 0, max: 1 })),
    objective: { metric: 'latency', direction: 'minimize' as const },
    current: Object.fromEntries(names.map((name) => [name, 0.5])),
  }
  const tuner = createTuner(options)
  const asked: string[] = []
  for (let trial = 0; trial < 8; trial++) {
    const { configuration } = tuner.ask({ aggressiveness: 3 })
    const best = tuner.recommend().configuration
    const turned = names.filter((name) => configuration[name] !== best[name])
    if (trial < 4) expect(turned.length).toBeLessThanOrEqual(2)
    expect(asked).not.toContain(JSON.stringify(configuration))
    asked.push(JSON.stringify(configuration))
    const value = 100 * Math.exp(names.reduce((total, name, i) => total + i * (Number(configuration[name]) - 0.5), 0))
    tuner.tell({ configuration, metrics: { latency: { value, standardError: 0.03 * value } } })
  }
})

test('knobs that each were measured to help are turned together', () => {
  const names = ['a', 'b', 'c', 'd']
  const current = Object.fromEntries(names.map((name) => [name, 0.5]))
  const turnedAtOnce = [1, 2, 3].map((seed) => {
    const tuner = createTuner({
      seed,
      knobs: names.map((name) => ({ name, type: 'float', min: 0, max: 1 })),
      objective: { metric: 'latency', direction: 'minimize' },
      current,
    })
    const tell = (configuration: typeof current, value: number) =>
      tuner.tell({ configuration, metrics: { latency: { value, standardError: 0.02 * value } } })
    tell(current, 100)
    for (const name of names) tell({ ...current, [name]: 0.6 }, 80)
    const best = tuner.recommend().configuration
    const { configuration } = tuner.ask({ aggressiveness: 3 })
    return names.filter((name) => configuration[name] !== best[name]).length
  })
  expect(Math.min(...turnedAtOnce)).toBeGreaterThan(2)
})
