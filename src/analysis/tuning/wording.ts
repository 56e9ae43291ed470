/** Why a configuration is asked or recommended, in words for a person. */
import { type KnobValue, type KnobValues, sameValue } from '../../model/knob.ts'
import type { Judgement } from './belief.ts'

const shown = (value: KnobValue | undefined) => (Array.isArray(value) ? value.join(', ') : String(value))

export function changes(from: KnobValues, to: KnobValues): string {
  const names = Object.keys(to).filter((name) => !sameValue(from[name], to[name]))
  return names.map((name) => `${name} ${shown(from[name])} → ${shown(to[name])}`).join(', ')
}

/** The change of a cost on a scale where 1 is about a factor of e, as a person would say it. */
export function change(by: number): string {
  const percent = Math.round(Math.abs(Math.expm1(by)) * 100)
  return percent === 0 ? 'no different' : `${percent} % ${by < 0 ? 'better' : 'worse'}`
}

export function feasibility({ feasible }: Judgement, constrained: boolean): string {
  return constrained ? `; the limits are kept with a probability of ${Math.floor(feasible * 100)} %` : ''
}
