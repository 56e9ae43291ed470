import { describe, expect, test } from 'vitest'
import { createTuner, type Observation, type OnlineTuner } from '../../../src/analysis/tuning/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { server, trials, type World } from './worlds.ts'

const seeds = [1, 2, 3]
const aggressiveness = 3

/** Plays trials, and returns what was asked. */
function play(tuner: OnlineTuner, trial: (configuration: KnobValues) => Observation, count: number): KnobValues[] {
  return Array.from({ length: count }, () => {
    const { configuration } = tuner.ask({ aggressiveness })
    tuner.tell(trial(configuration))
    return configuration
  })
}

const latencyOf = ({ truth }: World, configuration: KnobValues) => truth(configuration).latency!
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Of some runs: the latency of what is recommended after `count` trials, against the start. */
function recommended(world: World, count: number, experience?: Observation[]): number {
  const ratios = seeds.map((seed) => {
    const tuner = createTuner({ seed, ...world.options, experience })
    play(tuner, trials(world, seed), count)
    return latencyOf(world, tuner.recommend().configuration) / latencyOf(world, world.options.current)
  })
  return mean(ratios)
}

/** The measurements of 24 random trials of another agent. */
function experienceOf(world: World, seed: number): Observation[] {
  const other = createTuner({ seed, ...world.options })
  const trial = trials(world, seed)
  return play(other, trial, 24).map(trial)
}

describe('a tuner', () => {
  const world = server()

  test('starts with the current configuration', () => {
    expect(createTuner({ seed: 1, ...world.options }).ask({ aggressiveness }).configuration).toEqual(world.options.current)
  })

  test('more than halves the latency in 25 trials, meets the constraint, and rarely does harm on the way', () => {
    const start = latencyOf(world, world.options.current)
    const runs = seeds.map((seed) => {
      const tuner = createTuner({ seed, ...world.options })
      const asked = play(tuner, trials(world, seed), 25)
      return { asked, best: tuner.recommend() }
    })
    for (const { best } of runs) {
      expect(latencyOf(world, best.configuration)).toBeLessThan(0.5 * start)
      expect(world.truth(best.configuration).memory).toBeLessThan(1.03)
    }
    const harmful = runs.flatMap(({ asked }) => asked).filter((each) => latencyOf(world, each) > 1.25 * start)
    expect(harmful.length).toBeLessThan(0.05 * 25 * seeds.length)
  })

  test('is calibrated: most intervals contain the true value', () => {
    const held = [...seeds, 4, 5, 6].flatMap((seed) => {
      const tuner = createTuner({ seed, ...world.options })
      const trial = trials(world, seed)
      play(tuner, trial, 1)
      return Array.from({ length: 15 }, () => {
        const { configuration, expected } = tuner.ask({ aggressiveness })
        tuner.tell(trial(configuration))
        const truth = latencyOf(world, configuration)
        return Number(truth >= expected!.interval[0] && truth <= expected!.interval[1])
      })
    })
    expect(mean(held)).toBeGreaterThan(0.65)
  })

  test('changes few knobs at once, and says which and why', () => {
    const tuner = createTuner({ seed: 1, ...world.options })
    play(tuner, trials(world, 1), 1)
    const { configuration, why, risk } = tuner.ask({ aggressiveness })
    const changed = Object.keys(configuration).filter((name) => configuration[name] !== world.options.current[name])
    expect(changed.length).toBeLessThanOrEqual(2)
    for (const name of changed) expect(why).toContain(`${name} ${world.options.current[name]} → ${configuration[name]}`)
    expect(risk).toBeGreaterThanOrEqual(0)
    expect(risk).toBeLessThan(0.5)
  })

  test('is bolder at higher aggressiveness', () => {
    const spread = (level: number) =>
      mean(
        seeds.flatMap((seed) => {
          const tuner = createTuner({ seed, ...world.options })
          tuner.tell(trials(world, seed)(world.options.current))
          const { configuration } = tuner.ask({ aggressiveness: level })
          return ['cache', 'pool'].map((name) =>
            Math.abs(Math.log(Number(configuration[name]) / Number(world.options.current[name]))),
          )
        }),
      )
    expect(spread(5)).toBeGreaterThan(spread(1))
  })

  test('does not change the same knobs as a pending trial', () => {
    for (const seed of seeds) {
      const tuner = createTuner({ seed, ...world.options })
      tuner.tell(trials(world, seed)(world.options.current))
      const first = tuner.ask({ aggressiveness }).configuration
      const second = tuner.ask({ aggressiveness, pending: [first] }).configuration
      expect(second).not.toEqual(first)
    }
  })

  test('can raise a metric as well as lower it', () => {
    const { knobs, current } = world.options
    const truth = (configuration: KnobValues) => ({ throughput: 1e4 / latencyOf(world, configuration) })
    const other: World = { options: { knobs, current, objective: { metric: 'throughput', direction: 'maximize' } }, truth }
    for (const seed of seeds) {
      const tuner = createTuner({ seed, ...other.options })
      play(tuner, trials(other, seed), 20)
      expect(truth(tuner.recommend().configuration).throughput).toBeGreaterThan(1.5 * truth(current).throughput)
    }
  })
})

describe('a number close to the end of its range', () => {
  const options: World['options'] = {
    knobs: ['a', 'b', 'c'].map((name) => ({ name, type: 'float', min: 0, max: 1 })),
    objective: { metric: 'latency', direction: 'minimize' },
    current: { a: 0.05, b: 0.95, c: 0.9 },
  }
  const sum = (values: KnobValues) => Object.values(values).reduce<number>((all, value) => all + Math.abs(Number(value) - 0.5), 0)

  test('is moved away from it first, while nothing is known', () => {
    for (const seed of seeds) {
      const tuner = createTuner({ seed, ...options })
      const flat: World = { options, truth: () => ({ latency: 100 }) }
      const [, asked] = play(tuner, trials(flat, seed), 2)
      expect(sum(asked!)).toBeLessThan(sum(options.current))
    }
  })

  test('stays there if that is measured to be best', () => {
    const atEnds: World = { options, truth: (values) => ({ latency: 100 * Math.exp(2 * (sum(options.current) - sum(values))) }) }
    for (const seed of seeds) {
      const tuner = createTuner({ seed, ...options })
      play(tuner, trials(atEnds, seed), 8)
      expect(latencyOf(atEnds, tuner.recommend().configuration)).toBeLessThanOrEqual(101)
    }
  })
})

describe('experience of others', () => {
  test('makes the first trials more successful', () => {
    const world = server()
    const experience = experienceOf(server({ speed: 1.4 }), 11)
    expect(recommended(world, 4, experience)).toBeLessThan(0.75 * recommended(world, 4))
  })

  test('is not lost if most of it was gathered at the best values', () => {
    const world = server()
    const experience = experienceOf(server({ speed: 1.4 }), 12)
    const best = experience.at(-1)!
    expect(recommended(world, 3, [...experience, ...Array<Observation>(10).fill(best)])).toBeLessThan(0.2)
  })

  test('does not mislead for long if it does not apply', () => {
    const world = server()
    const upsideDown: World = {
      options: world.options,
      truth: (configuration) => ({ ...world.truth(configuration), latency: 4e4 / latencyOf(world, configuration) }),
    }
    expect(recommended(world, 20, experienceOf(upsideDown, 11))).toBeLessThan(recommended(world, 20) + 0.1)
  })
})

describe('when the workload shifts', () => {
  const before = server()
  const after = server({ bestPool: 8, speed: 3 })

  test('earlier measurements are discounted, and most of the gain is found again within 8 trials', () => {
    const start = latencyOf(after, before.options.current)
    const best = Math.min(...grid(after).map((each) => latencyOf(after, each)))
    const gains = seeds.map((seed) => {
      const tuner = createTuner({ seed, ...before.options })
      play(tuner, trials(before, seed), 20)
      play(tuner, trials(after, seed + 100), 8)
      expect(tuner.state().era).toBeGreaterThan(0)
      return (start - latencyOf(after, tuner.recommend().configuration)) / (start - best)
    })
    expect(mean(gains)).toBeGreaterThan(0.8)
  })

  test('noise alone is not a shift', () => {
    for (const seed of seeds) {
      const tuner = createTuner({ seed, ...before.options })
      play(tuner, trials(before, seed, 0.1), 25)
      expect(tuner.state().era).toBe(0)
    }
  })
})

/** Every configuration that keeps the limit, in small steps. */
function grid({ options, truth }: World): KnobValues[] {
  const steps = Array.from({ length: 25 }, (_, i) => i / 24)
  const caches = steps.map((at) => Math.round(16 * 512 ** at))
  const pools = steps.map((at) => Math.round(256 ** at))
  const codecs = ['plain', 'fast', 'small']
  const all = caches.flatMap((cache) => pools.flatMap((pool) => codecs.map((codec) => ({ cache, pool, prefetch: true, codec }))))
  return all.map((values) => ({ ...options.current, ...values })).filter((each) => truth(each).memory! <= 1)
}

test('a search without anything to gain is finished, and says so', () => {
  const knobs = ['a', 'b', 'c'].map((name) => ({ name, type: 'float', min: 0, max: 1 }) as const)
  const flat: World = {
    options: { knobs, objective: { metric: 'latency', direction: 'minimize' }, current: { a: 0.3, b: 0.5, c: 0.6 } },
    truth: () => ({ latency: 100 }),
  }
  const tuner = createTuner({ seed: 1, ...flat.options })
  const trial = trials(flat, 1, 0.02)
  let trialsNeeded = 0
  for (let suggestion = tuner.ask({ aggressiveness }); !suggestion.finished; suggestion = tuner.ask({ aggressiveness })) {
    tuner.tell(trial(suggestion.configuration))
    if (++trialsNeeded === 40) break
  }
  expect(trialsNeeded).toBeLessThan(35)
  expect(tuner.ask({ aggressiveness }).why).toMatch(/Nothing to gain here/)
})
