/** The directions that are known to help. Going the other way is no exploration: it harms live work and teaches nothing. */
import type { KnobChange } from '../../../model/finished-trial.ts'
import type { Knob, KnobValues } from '../../../model/knob.ts'
import { type Direction, findDeclaredDirection, getScalePosition, type OrdinalKnob } from '../../../model/knob-scale.ts'
import { getMetric } from '../../../model/metric.ts'
import { computeKnobImportance } from '../../statistics/knob-importance.ts'
import type { SearchBounds } from '../../tuning/index.ts'
import type { ProposalRequest } from './request.ts'

/** Minimum certainty of a measured direction. */
const SURE = 0.9

/** By knob, the direction that helps: as the agent's own trials measured, or else as declared, unless they point the other way. */
export function findKnownDirections({ agent, metric, catalogue, knobs, trials = [] }: ProposalRequest): Map<string, Direction> {
  const measured = new Map(
    computeKnobImportance(agent.agentId, getMetric(catalogue, metric), knobs, trials).map((each) => [each.knob, each]),
  )
  return new Map(
    knobs.flatMap((knob) => {
      if (knob.type === 'order') return []
      const { coefficient, certainty } = measured.get(knob.name)!
      const shown = Math.sign(coefficient.mean) as Direction | 0
      const declared = findDeclaredDirection(knob, metric)
      const direction = shown !== 0 && certainty >= SURE ? shown : shown === -(declared ?? 0) ? undefined : declared
      return direction ? [[knob.name, direction] as const] : []
    }),
  )
}

/** Whether a change turns a knob against its known direction. */
export function isAgainstKnownDirection(
  { knob: name, from, to }: KnobChange,
  directions: ReadonlyMap<string, Direction>,
  knobs: readonly Knob[],
) {
  const knob = knobs.find((each) => each.name === name)
  const direction = directions.get(name)
  if (!knob || knob.type === 'order' || direction === undefined) return false
  return direction * (getScalePosition(knob, to) - getScalePosition(knob, from)) < 0
}

/** The bounds without what lies against the known directions. */
export function excludeOppositeDirections(
  turnable: SearchBounds,
  present: KnobValues,
  directions: ReadonlyMap<string, Direction>,
  knobs: readonly Knob[],
): SearchBounds {
  return Object.fromEntries(
    Object.entries(turnable).flatMap(([name, bounds]) => {
      const knob = knobs.find((each) => each.name === name)
      const direction = directions.get(name)
      if (!knob || knob.type === 'order' || direction === undefined) return [[name, bounds]]
      const kept = keepSide(knob, bounds, present[name]!, direction)
      return kept ? [[name, kept]] : []
    }),
  )
}

function keepSide(knob: OrdinalKnob, bounds: SearchBounds[string], from: KnobValues[string], direction: Direction) {
  if (knob.type === 'int' || knob.type === 'float') {
    const { min = knob.min, max = knob.max } = bounds
    const kept = direction > 0 ? { min: from as number, max } : { min, max: from as number }
    return kept.min < kept.max ? kept : undefined
  }
  const isAhead = (to: KnobValues[string]) => direction * (getScalePosition(knob, to) - getScalePosition(knob, from)) > 0
  if (knob.type === 'bool') return isAhead(!from) ? bounds : undefined
  const values = (bounds.values ?? knob.values).filter(isAhead)
  return values.length > 0 ? { values } : undefined
}
