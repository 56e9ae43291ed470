/** All measurements, in the form that the models use. */
import { isSameConfiguration } from '../../model/knob.ts'
import { isFailure, type Measurement, OBSERVATION_LIMITS, type Observation } from './observation.ts'
import type { KnobPoint, Space } from './space/space.ts'
import type { TunerState } from './state.ts'

/** The agent as it is now; other agents, and itself before its workload shifted, are other tasks. */
export const OWN_TASK = 0

export interface KnownPoint {
  point: KnobPoint
  task: number
  /** Undefined if the trial failed. */
  metrics: Record<string, Measurement> | undefined
}

/** The agent's own measurements first, oldest first, then those of others. */
export function collectKnownPoints(space: Space, { told, era }: TunerState, experience: readonly Observation[]): KnownPoint[] {
  const agents = [...new Set(experience.map(({ agent }) => agent))]
  const known = (each: Observation, task: number): KnownPoint => ({
    point: space.encode(each.configuration),
    task,
    metrics: isFailure(each) ? undefined : each.metrics,
  })
  const thinned = experience.filter(
    (_, i) =>
      (i * OBSERVATION_LIMITS.others) % experience.length < OBSERVATION_LIMITS.others ||
      experience.length <= OBSERVATION_LIMITS.others,
  )
  return [
    ...told.filter((each, i) => !isOutdated(each, told.slice(i + 1))).map((each) => known(each, era - each.era)),
    ...thinned.map((each) => known(each, era + 1 + agents.indexOf(each.agent))),
  ]
}

/** A failure was by chance, or its cause is gone, if the same configuration was measured later. */
const isOutdated = (each: Observation, later: readonly Observation[]) =>
  isFailure(each) && later.some((other) => !isFailure(other) && isSameConfiguration(other.configuration, each.configuration))
