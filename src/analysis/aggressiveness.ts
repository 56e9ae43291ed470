import type { Risk } from '../model/knob.ts'

/** What one level of the policy's aggressiveness means. */
export interface Boldness {
  /** Trials that may run side by side, each on another agent. */
  concurrentTrials: number
  /** Untried knobs that may be turned together in one trial. */
  bundleSize: number
  /** First step on a knob, as a share of the way to its bound. */
  stepFraction: number
  /** The riskiest knobs that may be turned, some of them only with a person's approval (`approval.ts`). */
  allowedRisk: Risk
  /** Multiplies the time between cycles. */
  cadenceFactor: number
}

const levels: Record<number, Boldness> = {
  1: { concurrentTrials: 1, bundleSize: 1, stepFraction: 0.1, allowedRisk: 'low', cadenceFactor: 1.5 },
  2: { concurrentTrials: 1, bundleSize: 1, stepFraction: 0.15, allowedRisk: 'medium', cadenceFactor: 1.25 },
  3: { concurrentTrials: 2, bundleSize: 2, stepFraction: 0.25, allowedRisk: 'high', cadenceFactor: 1 },
  4: { concurrentTrials: 3, bundleSize: 3, stepFraction: 0.4, allowedRisk: 'high', cadenceFactor: 0.85 },
  5: { concurrentTrials: 4, bundleSize: 3, stepFraction: 0.6, allowedRisk: 'high', cadenceFactor: 0.7 },
}

/** What a level 1–5 allows; levels beyond count as the nearest one. */
export function boldness(aggressiveness: number): Boldness {
  return levels[Math.min(5, Math.max(1, Math.round(aggressiveness)))]!
}
