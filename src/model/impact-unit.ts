/** The unit of the impact of a bottleneck. */
import type { Bottleneck, ImpactUnit } from './bottleneck.ts'

const unitsOfDocument: Readonly<Record<string, ImpactUnit>> = {
  agent_response_time: 'percent',
  agent_success_rate: 'points',
  coordination_efficiency: 'points',
  system_performance: 'points',
}

/** The unit of the impact; `none` also if it is not known. */
export const getImpactUnit = ({ type, impactUnit }: Pick<Bottleneck, 'type' | 'impactUnit'>): ImpactUnit =>
  impactUnit ?? unitsOfDocument[type] ?? 'none'

/** The same bottleneck with the unit of its impact. */
export const addImpactUnit = <Found extends Pick<Bottleneck, 'type' | 'impactUnit'>>(bottleneck: Found) => ({
  ...bottleneck,
  impactUnit: getImpactUnit(bottleneck),
})
