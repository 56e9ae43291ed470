import { defaultTraits, type PersonalityTraits } from '../../model/identity.ts'
import type { Risk } from '../../model/knob.ts'
import { computeTraitFactor } from './traits.ts'

/** The settings of one level of aggressiveness. */
export interface AggressivenessSettings {
  /** Multiplies the configured caps of the fleet: concurrent trials, and instances that run with unproven values. */
  capFactor: number
  /** Maximum number of knobs turned together in one trial, except to copy what helped another agent (`docs/learning.md`). */
  bundleSize: number
  /** Measured executions of an agent (among its newest 50) that a trial needs to start. */
  evidence: number
  /** The highest risk of a knob that may be turned; some need a person's approval (`approval.ts`). */
  allowedRisk: Risk
  /** How far the ranking strays from the expected improvement, in standard deviations (`ranking.ts`). */
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

/** Minimum number of executions that a trial needs, whatever the traits, and the number that is counted at most. */
const evidenceRange = { least: 5, most: 50 }

/**
 * The settings of a level 1–5; other levels count as the nearest one. An analytical optimizer asks for more evidence, and a systematic one
 * turns fewer knobs at once.
 */
export function getAggressivenessSettings(
  aggressiveness: number,
  traits: PersonalityTraits = defaultTraits,
): AggressivenessSettings {
  const settings = levels[Math.min(5, Math.max(1, Math.round(aggressiveness)))]!
  const evidence = Math.round(settings.evidence * computeTraitFactor(traits, 'analytical'))
  const bundleSize = Math.round(settings.bundleSize * (2 - computeTraitFactor(traits, 'systematic')))
  return {
    ...settings,
    evidence: Math.max(evidenceRange.least, Math.min(evidenceRange.most, evidence)),
    bundleSize: Math.max(1, bundleSize),
  }
}

/** Trials that may run at once, from the number configured for level 3. */
export function scaleConcurrentTrials(aggressiveness: number, configured: number): number {
  return Math.max(1, Math.round(configured * getAggressivenessSettings(aggressiveness).capFactor))
}

/** Share of the fleet's instances that may be candidates at once, from the share configured for level 3. */
export function scaleCandidateShare(aggressiveness: number, configured: number): number {
  return Math.min(1, configured * getAggressivenessSettings(aggressiveness).capFactor)
}
