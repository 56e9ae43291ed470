/** Agents to tune, as formulas: what a configuration would truly measure, and what a trial of it reports. */
import type { Observation, TunerOptions } from '../../../src/analysis/tuning/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { random } from '../judging/random.ts'

export interface World {
  options: Omit<TunerOptions, 'seed'>
  truth: (configuration: KnobValues) => Record<string, number>
}

/** A cache and a pool of workers: latency falls with both until memory or contention end it; memory is limited. */
export function server({ bestPool = 40, speed = 1 } = {}): World {
  return {
    options: {
      knobs: [
        { name: 'cache', type: 'int', min: 16, max: 8192, scale: 'log' },
        { name: 'pool', type: 'int', min: 1, max: 256, scale: 'log' },
        { name: 'prefetch', type: 'bool' },
        { name: 'codec', type: 'enum', values: ['plain', 'fast', 'small'] },
      ],
      objective: { metric: 'latency', direction: 'minimize' },
      constraints: [{ metric: 'memory', max: 1 }],
      current: { cache: 64, pool: 8, prefetch: false, codec: 'plain' },
    },
    truth({ cache, pool, prefetch, codec }) {
      const hits = 1 - Math.exp(-((Number(cache) / 400) ** 0.6))
      const waiting = 1 + 0.4 * Math.log(Number(pool) / bestPool) ** 2
      const factor = (prefetch ? 0.85 : 1) * { plain: 1, fast: 0.8, small: 0.95 }[String(codec)]!
      return {
        latency: speed * (20 + 400 * (1 - hits) * waiting * factor + 60 * waiting),
        memory: Number(cache) / 4096 + Number(pool) / 512 + (codec === 'fast' ? 0.3 : 0.1),
      }
    },
  }
}

/** A trial of a configuration, with 5 % of noise on everything. */
export function trials({ truth }: World, seed: number, noise = 0.05) {
  const { normal } = random(seed)
  return (configuration: KnobValues): Observation => ({
    configuration,
    metrics: Object.fromEntries(
      Object.entries(truth(configuration)).map(([name, true_]) => {
        const value = true_ * Math.exp(noise * normal())
        return [name, { value, standardError: noise * value, samples: 100 }]
      }),
    ),
  })
}
