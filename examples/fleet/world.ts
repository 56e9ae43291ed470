/** A fleet unlike the usual one, for benchmarks: FLEET_WORLD in the environment, as JSON. */
import type { KnobInput, KnobValues } from '../../src/agent/index.ts'
import type { Behaviour } from './simulator/behaviour.ts'

export interface World {
  /** Times the usual units of work per second; 0 leaves the load to others. */
  load?: number
  /** Settings that agents start with, by kind, where they are not the usual ones. */
  settings?: Record<string, KnobValues>
  /** How services and sources behave, by name, where it is not as usual. */
  services?: Record<string, Partial<Behaviour>>
}

const world: World = JSON.parse(process.env.FLEET_WORLD || '{}')

export const loadFactor = world.load ?? 1

/** Knobs of a kind of agents whose defaults are the settings that it starts with. */
export const startingKnobs = (kind: string, knobs: readonly KnobInput[]): KnobInput[] =>
  knobs.map((knob) => ({ ...knob, default: world.settings?.[kind]?.[knob.name] ?? knob.default }) as KnobInput)

/** How a service behaves, given its usual behaviour. */
export const behaviourOf = <Usual extends Behaviour>(name: string, usual: Usual): Usual => ({
  ...usual,
  ...world.services?.[name],
})
