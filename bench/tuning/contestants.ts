/** Ways to tune: this tuner, and manual methods. */
import { createTuner, type Observation } from '../../src/analysis/tuning/index.ts'
import type { KnobValues } from '../../src/model/knob.ts'
import type { Surface } from './surfaces.ts'

export interface Contestant {
  ask(): KnobValues
  tell(observation: Observation): void
  recommend(): KnobValues
}

type Enter = (surface: Surface, seed: number, random: () => number) => Contestant

const objective = { metric: 'latency', direction: 'minimize' } as const

const tuner: Enter = ({ options }, seed) => {
  const { ask, tell, recommend } = createTuner({ seed, ...options, objective })
  return { ask: () => ask({ aggressiveness: 3 }).configuration, tell, recommend: () => recommend().configuration }
}

/** Remembers the fastest measurement that met the limits. */
function byHand({ options }: Surface, next: (best: KnobValues) => KnobValues): Contestant {
  let best: { configuration: KnobValues; latency: number } | undefined
  return {
    ask: () => (best ? next(best.configuration) : options.current),
    tell({ configuration, metrics }) {
      const kept = options.constraints!.every(({ metric, min = -Infinity, max = Infinity }) => {
        const { value } = metrics[metric]!
        return value >= min && value <= max
      })
      const latency = metrics.latency!.value
      if (!best || (kept && latency < best.latency)) best = { configuration, latency }
    },
    recommend: () => best?.configuration ?? options.current,
  }
}

/** Any value of a knob; for a number, one near `from`. */
function draw(knob: Surface['options']['knobs'][number], from: KnobValues, reach: number, random: () => number) {
  if (knob.type === 'bool') return random() < 0.5
  if (knob.type === 'enum') return knob.values[Math.floor(random() * knob.values.length)]!
  if (knob.type === 'order') return from[knob.name]!
  const [to, back] = knob.scale === 'log' ? [Math.log, Math.exp] : [(v: number) => v, (v: number) => v]
  const width = to(knob.max) - to(knob.min)
  const at = to(Number(from[knob.name])) + reach * width * (2 * random() - 1)
  return Math.round(back(Math.min(to(knob.max), Math.max(to(knob.min), at))))
}

const anything: Enter = (surface, _seed, random) =>
  byHand(surface, (best) => Object.fromEntries(surface.options.knobs.map((knob) => [knob.name, draw(knob, best, 2, random)])))

const oneAtATime: Enter = (surface, _seed, random) => {
  let turn = 0
  return byHand(surface, (best) => {
    const knob = surface.options.knobs[turn++ % surface.options.knobs.length]!
    return { ...best, [knob.name]: draw(knob, best, 0.3, random) }
  })
}

export const contestants: [string, Enter][] = [
  ['this tuner', tuner],
  ['one knob at a time', oneAtATime],
  ['random', anything],
]
