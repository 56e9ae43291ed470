import type { Risk } from '../../model/knob.ts'

/** What one level of the policy's aggressiveness means. */
export interface AggressivenessSettings {
  /** Multiplies the configured caps of the fleet: trials at once, and instances that run with unproven values. */
  capFactor: number
  /** Most knobs that are turned together in one trial. */
  bundleSize: number
  /** Executions of an agent (of its newest 50) that must have been measured before a trial is begun on it. */
  evidence: number
  /** The riskiest knobs that may be turned, some of them only with a person's approval (`approval.ts`). */
  allowedRisk: Risk
  /** How far the ranking strays from what is expected, in standard deviations of what is known (`ranking.ts`). */
  exploration: number
  /** Multiplies the time between cycles. */
  cadenceFactor: number
}

const levels: Record<number, AggressivenessSettings> = {
  1: { capFactor: 0.5, bundleSize: 1, evidence: 40, allowedRisk: 'low', exploration: 0, cadenceFactor: 1.5 },
  2: { capFactor: 0.5, bundleSize: 2, evidence: 30, allowedRisk: 'medium', exploration: 0.25, cadenceFactor: 1.25 },
  3: { capFactor: 1, bundleSize: 3, evidence: 20, allowedRisk: 'high', exploration: 0.5, cadenceFactor: 1 },
  4: { capFactor: 1.5, bundleSize: 4, evidence: 15, allowedRisk: 'high', exploration: 0.75, cadenceFactor: 0.85 },
  5: { capFactor: 2, bundleSize: 5, evidence: 10, allowedRisk: 'high', exploration: 1, cadenceFactor: 0.7 },
}

/** What a level 1–5 allows; levels beyond count as the nearest one. */
export function getAggressivenessSettings(aggressiveness: number): AggressivenessSettings {
  return levels[Math.min(5, Math.max(1, Math.round(aggressiveness)))]!
}

/** Trials that may run at once, from the number configured for level 3. */
export function concurrentTrials(aggressiveness: number, configured: number): number {
  return Math.max(1, Math.round(configured * getAggressivenessSettings(aggressiveness).capFactor))
}

/** Share of the fleet's instances that may be candidates at once, from the share configured for level 3. */
export function candidateShare(aggressiveness: number, configured: number): number {
  return Math.min(1, configured * getAggressivenessSettings(aggressiveness).capFactor)
}
