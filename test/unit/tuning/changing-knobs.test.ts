/** Knowledge survives a new declaration, and comes from tells alone. */
import { describe, expect, test } from 'vitest'
import { createTuner, type OnlineTuner, type TunerOptions } from '../../../src/analysis/tuning/index.ts'
import { server, trials } from './worlds.ts'

const { options, truth } = server()
const trial = trials({ options, truth }, 1)
const aggressiveness = 3
const better = { ...options.current, cache: 1500, pool: 30 }

describe('a newly declared knob', () => {
  const grown: Omit<TunerOptions, 'seed'> = {
    ...options,
    knobs: [...options.knobs, { name: 'retries', type: 'int', min: 0, max: 5 }],
    current: { ...options.current, retries: 2 },
  }

  test('does not drop what the state knows about the others', () => {
    const tuner = createTuner({ seed: 1, ...options })
    for (const configuration of [options.current, better]) {
      tuner.ask({ aggressiveness })
      tuner.tell(trial(configuration))
    }
    const again = createTuner({ seed: 1, ...grown, state: JSON.parse(JSON.stringify(tuner.state())) })
    expect(again.recommend().configuration).toEqual({ ...better, retries: 2 })
    again.tell({ ...trial(better), configuration: { ...better, retries: 3 } })
    expect(again.state().told).toHaveLength(3)
  })

  test('does not make the experience of agents without it useless', () => {
    const tuner = createTuner({ seed: 1, ...grown, experience: [options.current, better].map(trial) })
    tuner.tell({ ...trial(options.current), configuration: grown.current })
    const { configuration } = tuner.ask({ aggressiveness })
    expect(Number(configuration.cache)).toBeGreaterThan(500)
  })
})

describe('measurements that were never asked for', () => {
  /** Two tuners that were told the same; only one was asked before each tell. */
  function both(values: readonly Partial<typeof options.current>[]): OnlineTuner[] {
    return [true, false].map((asked) => {
      const tuner = createTuner({ seed: 1, ...options })
      for (const each of values) {
        if (asked) tuner.ask({ aggressiveness })
        tuner.tell(trials({ options, truth }, 1)({ ...options.current, ...each } as typeof options.current))
      }
      return tuner
    })
  }

  test('reveal a shift of the workload, if a configuration that was measured before is measured again', () => {
    const tuner = createTuner({ seed: 1, ...options })
    const after = trials(server({ speed: 3 }), 2)
    for (const configuration of [options.current, better, options.current]) tuner.tell(trial(configuration))
    expect(tuner.state().era).toBe(0)
    tuner.tell(after(options.current))
    expect(tuner.state().era).toBe(1)
  })

  test('extend the search as far as if they had been', () => {
    const values = [{}, { cache: 128 }, { cache: 300 }, { cache: 700 }, { cache: 1500 }]
    const [asked, told] = both(values).map((tuner) => Number(tuner.ask({ aggressiveness: 5 }).configuration.cache))
    expect(told).toBeGreaterThan(700)
    expect(asked).toBeGreaterThan(700)
  })
})

describe('choices in order', () => {
  const models = ['tiny', 'small', 'medium', 'large', 'huge']
  const cost = (model: unknown) => 100 * 2 ** models.indexOf(String(model))
  const asked = (ordered: boolean, seed: number) => {
    const tuner = createTuner({
      seed,
      knobs: [{ name: 'model', type: 'enum', values: models, ordered }],
      objective: { metric: 'cost', direction: 'minimize' },
      current: { model: 'large' },
    })
    const names = []
    for (let i = 0; i < 6; i++) {
      const { configuration } = tuner.ask({ aggressiveness: 4 })
      names.push(configuration.model)
      const value = cost(configuration.model)
      tuner.tell({ configuration, metrics: { cost: { value, standardError: 0.05 * value } } })
    }
    return { names, best: tuner.recommend().configuration.model }
  }

  test('are tried step by step, in the direction that was better', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { names, best } = asked(true, seed)
      expect(names[0]).toBe('large')
      const steps = names.slice(1).map((name, i) => Math.abs(models.indexOf(String(name)) - models.indexOf(String(names[i]))))
      expect(Math.max(...steps)).toBeLessThanOrEqual(2)
      expect(['tiny', 'small']).toContain(best)
    }
  })
})
