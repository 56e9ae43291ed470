/** The risk that a trial may take. */
import { clamp } from '../../statistics/summaries.ts'

/** The limits of one level. */
export interface RiskTolerance {
  /** How much worse than the start a trial may be before it counts as harm, as a share. */
  harm: number
  /** The same relative to the best so far. */
  setback: number
  /** Required probability that it is not. */
  harmless: number
  /** How far beyond the values tried without harm a number may go, as a share of its range. */
  step: number
  /** Required probability that a trial meets the constraints. */
  feasible: number
}

const levels: Record<number, RiskTolerance> = {
  1: { harm: 0.05, setback: 0.1, harmless: 0.977, step: 0.04, feasible: 0.98 },
  2: { harm: 0.1, setback: 0.25, harmless: 0.95, step: 0.08, feasible: 0.97 },
  3: { harm: 0.2, setback: 0.4, harmless: 0.92, step: 0.16, feasible: 0.95 },
  4: { harm: 0.35, setback: 0.7, harmless: 0.86, step: 0.2, feasible: 0.85 },
  5: { harm: 0.5, setback: 1, harmless: 0.79, step: 0.3, feasible: 0.75 },
}

/** The risk tolerance at a level 1–5 of aggressiveness; levels outside count as the nearest one. */
export function getRiskTolerance(aggressiveness: number): RiskTolerance {
  return levels[clamp(Math.round(aggressiveness), 1, 5)]!
}
