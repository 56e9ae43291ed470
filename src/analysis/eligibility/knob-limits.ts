/** The operator's limits on turning one knob. */

import { formatRatio, formatValue } from '../../model/format.ts'
import type { Knob, KnobValue, NumericKnob } from '../../model/knob.ts'
import { isNumeric } from '../../model/knob.ts'
import { getScalePosition } from '../../model/knob-scale.ts'
import { type Limits, ruleAppliesTo } from '../../model/limits.ts'

interface LimitedKnob {
  agentId: string
  kind: string
  knob: Knob
}
interface LimitedAdjustment extends LimitedKnob {
  from: KnobValue
  to: KnobValue
}

/** Shares of a knob's range. */
interface ExceededStep {
  takenRatio: number
  maxRatio: number
}

/** For rounding errors. */
const tolerance = 1e-9

/** Whether the limits forbid turning a knob at all. */
export function isKnobForbidden(limits: Limits, limited: LimitedKnob): boolean {
  return limits.neverTouch.some((rule) => concerns(rule, limited))
}

/** A step and the largest step that the limits allow, as shares of the knob's range; undefined if it is not exceeded. */
export function findExceededStep(limits: Limits, adjustment: LimitedAdjustment): ExceededStep | undefined {
  const [takenRatio, maxRatio] = [stepTaken(adjustment), longestStep(limits, adjustment)]
  return takenRatio <= maxRatio + tolerance ? undefined : { takenRatio, maxRatio }
}

/** Why the limits forbid an adjustment, as a clause; undefined if they do not. */
export function describeKnobLimitViolation(limits: Limits, adjustment: LimitedAdjustment): string | undefined {
  if (isKnobForbidden(limits, adjustment)) return forbiddenKnobReason
  const exceeded = findExceededStep(limits, adjustment)
  return exceeded && describeExceededStep(adjustment, exceeded)
}

export const forbiddenKnobReason = "the operator's limits forbid changing it"

export function describeExceededStep(
  { from, to }: Pick<LimitedAdjustment, 'from' | 'to'>,
  { takenRatio, maxRatio }: ExceededStep,
): string {
  return `${formatValue(from)} → ${formatValue(to)} is a step of ${formatRatio(takenRatio)} of the knob's range; the limit is ${formatRatio(maxRatio)}`
}

export const describeMaxStep = ({ maxRatio }: ExceededStep): string =>
  `the operator's limits allow at most ${formatRatio(maxRatio)} of its range in one trial`

/** The value closest to the desired one that the limits allow; undefined if there is none. */
export function clampToLimits(limits: Limits, adjustment: LimitedAdjustment): KnobValue | undefined {
  if (isKnobForbidden(limits, adjustment)) return undefined
  if (!findExceededStep(limits, adjustment)) return adjustment.to
  const { knob, from, to } = adjustment
  if (!isNumeric(knob)) return undefined
  const [start, aim] = [getScalePosition(knob, from), getScalePosition(knob, to)]
  const at = start + Math.sign(aim - start) * longestStep(limits, adjustment) * rangeOf(knob)
  const exact = knob.scale === 'log' ? Math.exp(at) : at
  const whole = (value: number) => (knob.type === 'int' ? (aim > start ? Math.floor(value) : Math.ceil(value)) : value)
  // In a narrow range far from 0, a rounded value may lie beyond the limit.
  const values = [Number(exact.toPrecision(12)), exact].map(whole)
  return values.find(
    (value) =>
      Math.sign(value - Number(from)) === Math.sign(aim - start) && !findExceededStep(limits, { ...adjustment, to: value }),
  )
}

function longestStep(limits: Limits, limited: LimitedKnob): number {
  return Math.min(1, ...limits.maxSteps.filter((rule) => concerns(rule, limited)).map(({ share }) => share))
}

/** Only numbers have a step length; knobs of other types are limited by `neverTouch` only. */
function stepTaken({ knob, from, to }: LimitedAdjustment): number {
  return isNumeric(knob) ? Math.abs(getScalePosition(knob, to) - getScalePosition(knob, from)) / rangeOf(knob) : 0
}

const concerns = (rule: { agent?: string; kind?: string; knob?: string }, limited: LimitedKnob) =>
  ruleAppliesTo(rule, limited) && (rule.knob ?? limited.knob.name) === limited.knob.name
const rangeOf = (knob: NumericKnob) => getScalePosition(knob, knob.max) - getScalePosition(knob, knob.min)
