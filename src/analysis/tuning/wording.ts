/** The reasons for an ask or a recommendation, for a person. */
import { formatRatio } from '../../model/format.ts'
import { isSameValue, type KnobValue, type KnobValues } from '../../model/knob.ts'
import type { PredictionAtPoint } from './response-model.ts'

const formatSetting = (value: KnobValue | undefined) => (Array.isArray(value) ? value.join(', ') : String(value))

export function describeKnobChanges(from: KnobValues, to: KnobValues): string {
  const names = Object.keys(to).filter((name) => !isSameValue(from[name], to[name]))
  return names.map((name) => `${name} ${formatSetting(from[name])} → ${formatSetting(to[name])}`).join(', ')
}

/** Describes the change of a cost on a scale on which 1 is about a factor of e. */
export function describeCostChange(by: number): string {
  const percent = Math.round(Math.abs(Math.expm1(by)) * 100)
  return percent === 0 ? 'no different' : `${percent}% ${by < 0 ? 'better' : 'worse'}`
}

export function describeFeasibility({ feasible }: PredictionAtPoint, constrained: boolean): string {
  return constrained ? `; the probability of meeting the constraints is ${Math.floor(feasible * 100)}%` : ''
}

/** Describes why no new configuration is tried. */
export function describeStopReason({ flat, worth, trialCost }: { flat: boolean; worth: number; trialCost: number }): string {
  if (flat) return 'Nothing to gain here: every knob was turned, and the measurements differ by no more than their noise'
  if (worth > 0) return `Nothing to gain here: no trial is expected to gain more than ${formatRatio(trialCost, 2)}`
  return 'Nothing new is safe enough to try'
}
