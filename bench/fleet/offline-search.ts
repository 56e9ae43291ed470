/** A search on fleets without an optimizer: what could be gained if nothing depended on what is tried. */
import { agents } from '../../examples/fleet/fleet.ts'
import type { Done } from '../../examples/fleet/runtime/unit-of-work.ts'
import type { World } from '../../examples/fleet/world.ts'
import { mean, variance } from '../../src/analysis/statistics/summaries.ts'
import { type Knob, type KnobInput, type KnobValues, knobSchema } from '../../src/model/knob.ts'
import { stepTowardBound } from '../../src/model/knob-scale.ts'
import { type Random, random } from '../../test/unit/judging/random.ts'
import { measureInTurn, type Settings } from './measure-in-turn.ts'

type Kind = (typeof agents)[number]['kind']

/**
 * Climbs from some settings: in each round, every agent tries a step of one or two of its knobs, all agents at once, and keeps it if the time per success
 * is shorter by more than a standard error.
 */
export async function searchOffline(
  world: World,
  start: Settings,
  { rounds, seconds, seed }: { rounds: number; seconds: number; seed: number },
): Promise<Settings> {
  const dice = random(seed)
  const knobs = await loadKnobs()
  let best = start
  for (let round = 0; round < rounds; round++) {
    const tried = Object.fromEntries(
      Object.entries(best).map(([kind, values]) => [kind, step(knobs.get(kind as Kind)!, values, dice)]),
    )
    const [known, candidate] = await measureInTurn(world, [best, tried], { seconds, seed: seed + round })
    const isBetter = (kind: string) => logGain(known!.get(kind)!, candidate!.get(kind)!).certain > 0
    best = Object.fromEntries(Object.keys(best).map((kind) => [kind, (isBetter(kind) ? tried : best)[kind]!]))
  }
  return best
}

/** Milliseconds of work for each success. */
export const computeCost = (units: readonly Done[]): number =>
  units.reduce((sum, { durationMs }) => sum + durationMs, 0) / Math.max(1, units.filter(({ success }) => success).length)

/** By how much the time per success is shorter after a change, as a logarithm; `certain` is a standard error less. */
export function logGain(before: readonly Done[], after: readonly Done[]): { gain: number; certain: number } {
  const gain = Math.log(computeCost(before) / computeCost(after))
  return { gain, certain: gain - Math.hypot(relativeError(before), relativeError(after)) }
}

/** The relative standard error of the time per success, a ratio of sums (delta method). */
function relativeError(units: readonly Done[]): number {
  const cost = computeCost(units)
  const deviations = units.map(({ durationMs, success }) => durationMs - cost * Number(success))
  const successes = units.filter(({ success }) => success).length
  return Math.sqrt(units.length * variance(deviations)) / Math.max(1, successes) / cost
}

async function loadKnobs(): Promise<Map<Kind, Knob[]>> {
  const loaded = agents.map(async ({ kind }) => {
    const { knobs } = (await import(`../../examples/fleet/${kind}/knobs.ts`)) as { knobs: KnobInput[] }
    return [kind, knobs.map((knob) => knobSchema.parse(knob))] as const
  })
  return new Map(await Promise.all(loaded))
}

function step(knobs: readonly Knob[], values: KnobValues, dice: Random): KnobValues {
  const tried = { ...values }
  const count = dice.uniform() < 0.5 ? 1 : 2
  for (let i = 0; i < count; i++) {
    const knob = knobs[Math.floor(dice.uniform() * knobs.length)]!
    if (knob.type === 'order') continue
    const direction = dice.uniform() < 0.5 ? 1 : -1
    const share = 0.2 + 0.8 * dice.uniform()
    const from = tried[knob.name] ?? knob.default
    tried[knob.name] =
      stepTowardBound(knob, from, direction, share) ?? stepTowardBound(knob, from, direction === 1 ? -1 : 1, share) ?? from
  }
  return tried
}

/** The mean gain of a fleet over its agents, as a logarithm. */
export const meanLogGain = (before: ReadonlyMap<string, readonly Done[]>, after: ReadonlyMap<string, readonly Done[]>): number =>
  mean([...before].map(([kind, units]) => logGain(units, after.get(kind)!).gain))
