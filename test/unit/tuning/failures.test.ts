/** Trials that failed: the configuration was refused, crashed, or answered nothing. */
import { describe, expect, test } from 'vitest'
import { createTuner, type ObservationInput, type TunerOptions } from '../../../src/analysis/tuning/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { server, trials } from './worlds.ts'

const seeds = [1, 2, 3]
const aggressiveness = 3
const options: Omit<TunerOptions, 'seed'> = {
  knobs: [
    { name: 'pool', type: 'int', min: 1, max: 64, scale: 'log' },
    { name: 'batch', type: 'int', min: 1, max: 1000, scale: 'log' },
  ],
  objective: { metric: 'latency', direction: 'minimize' },
  constraints: [{ metric: 'success', min: 0.95 }],
  current: { pool: 4, batch: 10 },
}
const measured = (configuration: KnobValues): ObservationInput => ({
  configuration,
  metrics: {
    latency: { value: 400, standardError: 12, samples: 120 },
    success: { value: 0.98, standardError: 0.013, samples: 120 },
  },
})
const startedTuner = (seed: number) => {
  const tuner = createTuner({ seed, ...options })
  tuner.tell(measured(options.current))
  return tuner
}

describe('a trial that failed', () => {
  test.each<[string, Partial<ObservationInput>]>([
    ['is told as such', { failed: true }],
    ['has no metrics', { metrics: {} }],
    ['broke a constraint without a figure of the objective', { metrics: { success: { value: 0, standardError: 0.01 } } }],
  ])('%s, and its configuration is not asked for again', (_, failure) => {
    for (const seed of seeds) {
      const tuner = startedTuner(seed)
      const crashed = tuner.ask({ aggressiveness }).configuration
      tuner.tell({ configuration: crashed, ...failure })
      for (let i = 0; i < 4; i++) {
        const { configuration } = tuner.ask({ aggressiveness })
        expect(configuration).not.toEqual(crashed)
        tuner.tell(measured(configuration))
      }
      expect(tuner.recommend().configuration).not.toEqual(crashed)
    }
  })

  test('makes its neighbourhood risky', () => {
    const risk = (failed: boolean) => {
      const tuner = startedTuner(1)
      const far = { pool: 8, batch: 10 }
      tuner.tell(failed ? { configuration: far, failed } : measured(far))
      return tuner.ask({ aggressiveness: 5, turnable: { pool: { min: 7 } }, maxChanges: 1 }).risk
    }
    expect(risk(true)).toBeGreaterThan(risk(false) + 0.2)
  })

  test('is remembered in the state', () => {
    const tuner = startedTuner(1)
    const { configuration } = tuner.ask({ aggressiveness })
    tuner.tell({ configuration, failed: true })
    const again = createTuner({ seed: 1, ...options, state: JSON.parse(JSON.stringify(tuner.state())) })
    expect(again.ask({ aggressiveness })).toEqual(tuner.ask({ aggressiveness }))
  })

  test('counts no longer once its configuration has been measured', () => {
    const tuner = startedTuner(1)
    const better: KnobValues = { pool: 8, batch: 10 }
    const { metrics } = measured(better)
    const told = { configuration: better, metrics: { ...metrics, latency: { value: 200, standardError: 6, samples: 120 } } }
    tuner.tell({ configuration: better, failed: true })
    tuner.tell(told)
    tuner.tell(told)
    expect(tuner.recommend().configuration).toEqual(better)
  })

  test('may be the first, and may be another agent’s', () => {
    const tuner = createTuner({ seed: 1, ...options, experience: [{ configuration: { pool: 8, batch: 10 }, failed: true }] })
    tuner.tell({ configuration: { pool: 5, batch: 10 }, failed: true })
    expect(tuner.ask({ aggressiveness }).configuration).toEqual(options.current)
    tuner.tell(measured(options.current))
    expect(tuner.ask({ aggressiveness }).configuration.pool).not.toBe(5)
  })
})

test('a region in which configurations crash is approached, not searched', () => {
  const world = server()
  const works = ({ cache }: KnobValues) => Number(cache) <= 1000
  const crashes = seeds.map((seed) => {
    const tuner = createTuner({ seed, ...world.options })
    const trial = trials(world, seed)
    let crashed = 0
    for (let i = 0; i < 15; i++) {
      const { configuration } = tuner.ask({ aggressiveness })
      if (!works(configuration)) crashed++
      tuner.tell(works(configuration) ? trial(configuration) : { configuration, failed: true })
    }
    expect(works(tuner.recommend().configuration)).toBe(true)
    return crashed
  })
  expect(crashes.reduce((sum, each) => sum + each) / crashes.length).toBeLessThan(4)
})
