/** What may be turned in the next trial, and how far. */
import {
  isSameValue,
  type Knob,
  type KnobValue,
  type KnobValues,
  type NumericKnob,
  type Risk,
  riskSchema,
} from '../../../model/knob.ts'
import { stepTowardBound } from '../../../model/knob-scale.ts'
import { getAggressivenessSettings } from '../../policy/aggressiveness.ts'
import type { SearchBounds } from '../../tuning/index.ts'
import { findDeclaredDirection } from './declared.ts'
import type { ProposalRequest } from './request.ts'

/**
 * The knobs that may be turned, with the bounds within which numbers may be. While resources are to be spared, none is turned the way
 * that is declared to cost some.
 */
export function computeSearchBounds(request: ProposalRequest, current: KnobValues): SearchBounds {
  const { allowedRisk } = getAggressivenessSettings(request.aggressiveness)
  const open = request.knobs.filter((knob) => isOpen(knob, request, allowedRisk))
  return Object.fromEntries(
    open.flatMap((knob) => {
      const from = current[knob.name]!
      const reach = isNumeric(knob) ? bounds(knob, from, request) : checkOtherValues(knob, from, request)
      return reach ? [[knob.name, reach]] : []
    }),
  )
}

/** Nothing restarts an agent for a trial, so a `restart` knob could not take effect in one. */
function isOpen(knob: Knob, { metric, isOpen }: ProposalRequest, allowedRisk: Risk): boolean {
  return (
    knob.applies === 'live' &&
    knob.affects.some((affected) => affected.metric === metric) &&
    riskSchema.options.indexOf(knob.risk) <= riskSchema.options.indexOf(allowedRisk) &&
    isOpen(knob)
  )
}

function bounds(knob: NumericKnob, from: KnobValue, { allowed, resourceMode }: ProposalRequest) {
  const saves = resourceMode === 'reduce' ? findDeclaredDirection(knob, 'resourceEfficiency') : undefined
  const end = (to: number, way: 1 | -1) => {
    const farthest = saves === -way || isSameValue(from, to) ? undefined : allowed(knob, from, to)
    return (farthest as number | undefined) ?? (from as number)
  }
  const [min, max] = [end(knob.min, -1), end(knob.max, 1)]
  return min < max ? { min, max } : undefined
}

/** A choice has no bounds: all its other values may be taken or none, so none where a limit forbids one, or one costs resources to be spared. */
function checkOtherValues(knob: Exclude<Knob, NumericKnob>, from: KnobValue, { allowed, resourceMode }: ProposalRequest) {
  const saves = resourceMode === 'reduce' ? findDeclaredDirection(knob, 'resourceEfficiency') : undefined
  if (saves !== undefined && knob.type !== 'order' && stepTowardBound(knob, from, saves === 1 ? -1 : 1, 1) !== undefined)
    return undefined
  return allowed(knob, from, otherValue(knob, from)) === undefined ? undefined : {}
}

function otherValue(knob: Exclude<Knob, NumericKnob>, from: KnobValue): KnobValue {
  if (knob.type === 'bool') return !from
  return knob.type === 'order' ? knob.values.toReversed() : knob.values.find((value) => value !== from)!
}

const isNumeric = (knob: Knob): knob is NumericKnob => knob.type === 'int' || knob.type === 'float'
