/** What the operator's limits say about turning one knob. */
import type { Knob, KnobValue, NumericKnob } from '../../model/knob.ts'
import { positionOnScale } from '../../model/knob-scale.ts'
import { type Limits, ruleAppliesTo } from '../../model/limits.ts'

interface Turn {
  agentId: string
  kind: string
  knob: Knob
  from: KnobValue
  to: KnobValue
}

/** Rounding is no step. */
const tolerance = 1e-9

/** Why the limits forbid a change, in words; undefined when they do not. */
export function findKnobLimitViolation(limits: Limits, turn: Turn): string | undefined {
  const { agentId, knob } = turn
  if (limits.neverTouch.some((rule) => ruleMatches(rule, turn))) return `${knob.name} of ${agentId} is not to be touched`
  const most = longestStep(limits, turn)
  const taken = stepTaken(turn)
  if (taken <= most + tolerance) return undefined
  return `${knob.name} from ${String(turn.from)} to ${String(turn.to)} is ${percent(taken)} of its way, and ${percent(most)} is the most`
}

/** The value nearest to the one wished for that the limits let be tried; undefined where none is left. */
export function clampToLimits(limits: Limits, turn: Turn): KnobValue | undefined {
  if (!findKnobLimitViolation(limits, turn)) return turn.to
  const { knob, from, to } = turn
  if (!isNumeric(knob) || limits.neverTouch.some((rule) => ruleMatches(rule, turn))) return undefined
  const [start, aim] = [positionOnScale(knob, from), positionOnScale(knob, to)]
  const at = start + Math.sign(aim - start) * longestStep(limits, turn) * scaleLength(knob)
  const exact = Number((knob.scale === 'log' ? Math.exp(at) : at).toPrecision(12))
  const value = knob.type === 'int' ? (aim > start ? Math.floor(exact) : Math.ceil(exact)) : exact
  return Math.sign(value - Number(from)) === Math.sign(aim - start) ? value : undefined
}

function longestStep(limits: Limits, turn: Turn): number {
  return Math.min(1, ...limits.maxSteps.filter((rule) => ruleMatches(rule, turn)).map(({ share }) => share))
}

/** Values that stand in no row, and those with no step between, have no length: only `neverTouch` holds them. */
function stepTaken({ knob, from, to }: Turn): number {
  return isNumeric(knob) ? Math.abs(positionOnScale(knob, to) - positionOnScale(knob, from)) / scaleLength(knob) : 0
}

const ruleMatches = (rule: { agent?: string; kind?: string; knob?: string }, turn: Turn) =>
  ruleAppliesTo(rule, turn) && (rule.knob ?? turn.knob.name) === turn.knob.name
const isNumeric = (knob: Knob): knob is NumericKnob => knob.type === 'int' || knob.type === 'float'
const scaleLength = (knob: NumericKnob) => positionOnScale(knob, knob.max) - positionOnScale(knob, knob.min)
const percent = (share: number) => `${Number((share * 100).toPrecision(3))} %`
