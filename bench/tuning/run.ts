import { parseArgs } from 'node:util'
import type { KnobValues } from '../../src/model/knob.ts'
import { contestants } from './contestants.ts'
import { type Metrics, type Surface, surfaces } from './surfaces.ts'

const TRIALS = 40
const NOISE = 0.08
/** Timeout of requests, as a multiple of the start's latency. */
const LONGEST = 10

interface Run {
  /** Latency of the recommendation after 10, 20 and 40 trials, relative to the start; 1 if it violates a limit. */
  latency: number[]
  harm: number
  bad: number
}

/**
 * Prints the results of tuners on simulated agents, as Markdown.
 * @param argv `--reps 20`, `--seed 1`
 */
export function printTuners(argv: string[]): void {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const { reps, seed } = parseArgs({ args: argv, options: { reps: text('20'), seed: text('1') } }).values
  print(['surface', 'tuner', 'latency after 10 / 20 / 40 trials', 'harm', 'bad trials'])
  print(Array(5).fill('---'))
  for (const surface of surfaces) {
    for (const [name, enter] of contestants) {
      const runs = Array.from({ length: Number(reps) }, (_, rep) => play(surface, enter, Number(seed) * 1000 + rep))
      const latency = [0, 1, 2].map((i) => mean(runs.map((run) => run.latency[i]!)).toFixed(2))
      const percent = `${(100 * mean(runs.map(({ bad }) => bad))).toFixed(1)} %`
      print([surface.name, name, latency.join(' / '), mean(runs.map(({ harm }) => harm)).toFixed(3), percent])
    }
  }
}

function play(surface: Surface, enter: (typeof contestants)[number][1], seed: number): Run {
  const constants = new Map<string, number>()
  const draw = generator(seed)
  const vary = (name: string, near: number) => {
    if (!constants.has(name)) constants.set(name, near * Math.exp(0.25 * normal(draw)))
    return constants.get(name)!
  }
  const start = surface.truth(surface.options.current, vary)
  const truth = (configuration: KnobValues): Metrics => {
    const metrics = surface.truth(configuration, vary)
    return { ...metrics, latency: Math.min(metrics.latency, LONGEST * start.latency) }
  }
  const chance = generator(seed + 0.5)
  const contestant = enter(surface, seed, generator(seed + 0.25))
  const run: Run = { latency: [], harm: 0, bad: 0 }
  for (let trial = 1; trial <= TRIALS; trial++) {
    const configuration = contestant.ask()
    const metrics = truth(configuration)
    const slower = metrics.latency / start.latency - 1
    run.harm += Math.max(0, slower) / TRIALS
    run.bad += Number(slower > 0.25 || !keeps(surface, metrics, start)) / TRIALS
    contestant.tell({ configuration, metrics: measured(metrics, chance) })
    if ([10, 20, TRIALS].includes(trial)) {
      const found = truth(contestant.recommend())
      run.latency.push(keeps(surface, found, start) ? found.latency / start.latency : 1)
    }
  }
  return run
}

/** Whether limits are met, with a tolerance of a tenth of the allowed miss; if the start itself violates a limit, no worse than it. */
function keeps({ options }: Surface, metrics: Metrics, start: Metrics): boolean {
  return options.constraints!.every(({ metric, min, max }) => {
    const value = metrics[metric]!
    if (min !== undefined) return value >= Math.min(min - 0.1 * (1 - min), start[metric]!)
    return value <= Math.max(1.01 * max!, start[metric]!)
  })
}

function measured(metrics: Metrics, chance: () => number) {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => {
      const error =
        name === 'latency'
          ? NOISE * value
          : name === 'memory'
            ? 0.02 * value
            : Math.sqrt(Math.max(value * (1 - value), 0.002) / 300)
      const seen = value + error * normal(chance)
      return [
        name,
        {
          value: name === 'latency' || name === 'memory' ? Math.max(0.01 * value, seen) : Math.min(1, seen),
          standardError: error,
        },
      ]
    }),
  )
}

/** Park & Miller's minimal standard. */
function generator(seed: number): () => number {
  let state = 1 + (Math.floor(Math.abs(seed) * 7919) % 2147483646)
  for (let i = 0; i < 10; i++) state = (state * 16807) % 2147483647
  return () => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
}

const normal = (uniform: () => number) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const print = (cells: string[]) => console.log(`| ${cells.join(' | ')} |`)
