/** A fleet unlike the usual one, for benchmarks: FLEET_WORLD in the environment, as JSON. */
import type { KnobInput, KnobValues } from '../../src/agent/index.ts'
import type { Behaviour } from './simulator/behaviour.ts'

export interface World {
  /** Times the usual units of work per second; 0 leaves the load to others. */
  load?: number
  /** Settings that agents start with, by kind, if they differ from the usual ones. */
  settings?: Record<string, KnobValues>
  /** How services and sources behave, by name, if it differs from the usual. */
  services?: Record<string, Partial<Behaviour>>
  /** The same from a given time, in a format that `Date` parses. */
  faults?: { at: string; services: Record<string, Partial<Behaviour>> }[]
}

const world: World = JSON.parse(process.env.FLEET_WORLD || '{}')
const faults = (world.faults ?? []).map(({ at, services }) => ({ at: Date.parse(at), services }))

export const loadFactor = world.load ?? 1

/** Knobs of a kind of agents whose defaults are the settings that it starts with. */
export const startingKnobs = (kind: string, knobs: readonly KnobInput[]): KnobInput[] =>
  knobs.map((knob) => ({ ...knob, default: world.settings?.[kind]?.[knob.name] ?? knob.default }) as KnobInput)

/** How a service behaves now, given its usual behaviour. */
export function behaviourOf<Usual extends Behaviour>(name: string, usual: Usual): Usual {
  const present = faults.filter(({ at }) => at <= Date.now())
  return Object.assign({ ...usual, ...world.services?.[name] }, ...present.map(({ services }) => services[name]))
}
