import { findHighestRisk, type Knob, type Risk } from '../../model/knob.ts'
import type { Strategy } from '../../model/strategy.ts'

export { findHighestRisk } from '../../model/knob.ts'

/** The autonomy from which a change of this risk needs no approval (B11). */
const minAutonomy: Record<Risk, number> = { low: 0, medium: 0.7, high: 0.94 }

/** Whether a change of this risk needs a person's approval on a kind of agent with this autonomy. */
export function needsApproval(risk: Risk, autonomy: number): boolean {
  return autonomy < minAutonomy[risk]
}

/**
 * The facts that a person needs to approve a change of these knobs; undefined if it needs no approval.
 * @param knobs all knobs of the agent, with the risks that it declares
 * @param autonomy on its kind of agents
 */
export function findApprovalNeed(knobs: readonly Knob[], changed: readonly string[], autonomy: number): Strategy['asks'] {
  const risk = findHighestRisk(knobs.filter(({ name }) => changed.includes(name)).map((knob) => knob.risk))
  return needsApproval(risk, autonomy) ? { risk, autonomy } : undefined
}
