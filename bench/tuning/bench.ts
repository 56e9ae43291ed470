import { createTuner } from '../../src/analysis/tuning/index.ts'
import { type Bench, medianTime } from '../timing.ts'
import { printTuners } from './run.ts'

const KNOBS = 20
const OBSERVATIONS = 100

/** The time of an ask; with `tuner` on the command line, also the results of tuners as a table. */
export const tuning: Bench = {
  name: 'tuner',
  async run(argv) {
    if (argv) printTuners(argv)
    const ask = tunerThatKnows(OBSERVATIONS)
    return [{ what: `an ask, ${KNOBS} knobs, ${OBSERVATIONS} observations`, medianMs: medianTime(ask), goalMs: 50 }]
  },
}

function tunerThatKnows(observations: number) {
  const knobs = Array.from({ length: KNOBS }, (_, i) => ({ name: `k${i}`, type: 'float', min: 0, max: 1 }) as const)
  const current = Object.fromEntries(knobs.map(({ name }) => [name, 0.5]))
  const options = { seed: 1, knobs, current, objective: { metric: 'latency', direction: 'minimize' } as const }
  const configurations = Array.from({ length: observations }, (_, i) =>
    Object.fromEntries(knobs.map(({ name }, k) => [name, i === 0 ? 0.5 : ((i * (k + 1) * 0.618) % 1) * 0.5 + 0.25])),
  )
  const constraints = [{ metric: 'success', min: 0.9 }]
  const tuner = createTuner({ ...options, constraints })
  for (const configuration of configurations) {
    const value = Object.values(configuration).reduce((product, x) => product * (1 + (x - 0.3) ** 2), 100)
    tuner.tell({
      configuration,
      metrics: { latency: { value, standardError: value / 20 }, success: { value: 0.97, standardError: 0.01 } },
    })
  }
  return () => tuner.ask({ aggressiveness: 3 })
}
