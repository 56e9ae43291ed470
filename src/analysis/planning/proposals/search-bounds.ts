/** The search bounds of the next trial: which knobs may be turned, and how far. */
import { isNumeric, isSameValue, type Knob, type KnobValue, type KnobValues, type NumericKnob } from '../../../model/knob.ts'
import type { SearchBounds } from '../../tuning/index.ts'
import type { ProposalRequest } from './request.ts'

/** The knobs that may be turned for the metric, with the bounds of numeric ones and the values that enums may try. */
export function computeSearchBounds(request: ProposalRequest, current: KnobValues): SearchBounds {
  const open = request.knobs.filter((knob) => mayAffect(knob, request) && request.isOpen(knob))
  return Object.fromEntries(
    open.flatMap((knob) => {
      const from = current[knob.name]!
      const bounds = isNumeric(knob) ? boundsOf(knob, from, request) : valuesOf(knob, from, request)
      return bounds ? [[knob.name, bounds] as const] : []
    }),
  )
}

/** Whether turning a knob may change a metric, by declaration or because an objective makes every knob matter. */
export function mayAffect({ affects }: Knob, { metric, objective }: Pick<ProposalRequest, 'metric' | 'objective'>): boolean {
  return objective !== undefined || affects.some((affected) => affected.metric === metric)
}

function boundsOf(knob: NumericKnob, from: KnobValue, { allowed }: ProposalRequest): SearchBounds[string] | undefined {
  const end = (to: number) => {
    const farthest = isSameValue(from, to) ? undefined : allowed(knob, from, to)
    return (farthest as number | undefined) ?? (from as number)
  }
  const [min, max] = [end(knob.min), end(knob.max)]
  return min < max ? { min, max } : undefined
}

function valuesOf(
  knob: Exclude<Knob, NumericKnob>,
  from: KnobValue,
  { allowed }: ProposalRequest,
): SearchBounds[string] | undefined {
  const values = otherValues(knob, from).filter((to) => allowed(knob, from, to) !== undefined)
  if (values.length === 0) return undefined
  return knob.type === 'enum' ? { values: values as string[] } : {}
}

function otherValues(knob: Exclude<Knob, NumericKnob>, from: KnobValue): KnobValue[] {
  if (knob.type === 'bool') return [!from]
  return knob.type === 'order' ? [knob.values.toReversed()] : knob.values.filter((value) => value !== from)
}
