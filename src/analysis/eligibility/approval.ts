import type { Risk } from '../../model/knob.ts'

export { highestRisk } from '../../model/knob.ts'

/** The autonomy from which a change of this risk needs no approval (B11). */
const minAutonomy: Record<Risk, number> = { low: 0, medium: 0.7, high: 0.94 }

/** Whether a change of this risk needs a person's approval on a kind of agent with this autonomy. */
export function needsApproval(risk: Risk, autonomy: number): boolean {
  return autonomy < minAutonomy[risk]
}
