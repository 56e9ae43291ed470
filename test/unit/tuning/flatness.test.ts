/** A search ends early where nothing that was tried makes a difference. */
import { expect, test } from 'vitest'
import { createTuner } from '../../../src/analysis/tuning/index.ts'
import { isFlat } from '../../../src/analysis/tuning/search/flatness.ts'
import { createSpace } from '../../../src/analysis/tuning/space/space.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { random } from '../judging/random.ts'
import { trials, type World } from './worlds.ts'

const NOISE = 0.08
const knobs = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, type: 'float', min: 0, max: 1 }) as const)
const current = Object.fromEntries(knobs.map(({ name }, i) => [name, (i + 1) / 7]))

/** The trial at which a search says that it is finished, and why; `gain` is the effect of the first knob. */
function end(seed: number, gain: number) {
  const world: World = {
    options: { knobs, objective: { metric: 'latency', direction: 'minimize' }, current },
    truth: ({ a }) => ({ latency: 100 * (1 - gain * Number(a)) }),
  }
  const tuner = createTuner({ seed, ...world.options })
  const trial = trials(world, seed, NOISE)
  for (let asked = 1; asked <= 15; asked++) {
    const { configuration, finished, why } = tuner.ask({ aggressiveness: 3 })
    if (finished) return { asked, why }
    tuner.tell(trial(configuration))
  }
  return undefined
}

test('a search that measures only noise ends soon and says so; one that finds a gain does not', () => {
  const ends = [1, 2, 3].map((seed) => end(seed, 0))
  expect(ends.filter(Boolean).length).toBeGreaterThanOrEqual(2)
  expect(ends.find(Boolean)?.why).toMatch(/Nothing to gain here: every knob was turned/)
  expect([1, 2, 3].map((seed) => end(seed, 0.8))).toEqual([undefined, undefined, undefined])
})

const space = createSpace([
  { name: 'a', type: 'float', min: 0, max: 1, scale: 'linear', applies: 'live' },
  { name: 'codec', type: 'enum', values: ['plain', 'fast', 'small'], applies: 'live' },
])
/** Measurements of configurations that turn everything. */
function measured(count: number, { noise = NOISE, cost = (_: KnobValues): number => 0 } = {}) {
  const { normal } = random(7)
  return Array.from({ length: count }, (_, i) => {
    const values = { a: i / count, codec: ['plain', 'fast', 'small'][i % 3]! }
    return { point: space.encode(values), cost: { value: cost(values) + noise * normal(), variance: noise ** 2 } }
  })
}

test('what was measured is flat only if it is enough, turned everything, and differs by no more than its noise', () => {
  const all = [0, 1]
  expect(isFlat(space, all, measured(12))).toBe(true)
  expect(isFlat(space, all, measured(9))).toBe(false)
  const repeated = measured(12).map((each, i, [first]) => (i < 6 ? each : { ...each, point: first!.point }))
  expect(isFlat(space, all, repeated)).toBe(false)
  expect(isFlat(space, all, measured(12, { noise: 3 * NOISE }))).toBe(false)
  expect(isFlat(space, all, measured(12, { cost: ({ a }) => 0.4 * Number(a) }))).toBe(false)
  const withoutSmall = measured(18).filter(({ point }) => point[1] !== 2)
  expect(isFlat(space, all, withoutSmall)).toBe(false)
  expect(isFlat(space, [0], withoutSmall)).toBe(true)
})

test('what is measured again leaves alone what may not be turned, and is no new suggestion', () => {
  const options = {
    seed: 1,
    objective: { metric: 'latency', direction: 'minimize' },
    current: { a: 10, model: 'large' },
    knobs: [
      { name: 'a', type: 'int', min: 1, max: 100 },
      { name: 'model', type: 'enum', values: ['large', 'small'] },
    ],
  } satisfies Parameters<typeof createTuner>[0]
  const tuner = createTuner(options)
  const flat = [1, -2, 2, -1, 1.5, 0]
  const tell = (a: number, model: string, value: number) =>
    tuner.tell({ configuration: { a, model }, metrics: { latency: { value, standardError: 4 } } })
  for (const [i, a] of [10, 12, 15, 18, 20, 25].entries()) tell(a, 'large', 100 + flat[i]!)
  for (const [i, a] of [10, 12, 15, 18, 22].entries()) tell(a, 'small', 94 + flat[i]!)
  const { configuration, repeats } = tuner.ask({ aggressiveness: 3, turnable: { a: { min: 5, max: 20 } } })
  expect(configuration.model).toBe('large')
  expect(configuration.a).toBeLessThanOrEqual(20)
  expect(repeats).toBe(true)
})
