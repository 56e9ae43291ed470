import type { Sample } from '../../model/trial.ts'
import { clamp, mean } from '../statistics/summaries.ts'
import { type BeforeAfterModel, fitBeforeAfterModel } from './before-after.ts'
import { computeUpperTailProbability, MAX_EXACT_EVENTS } from './rare-events.ts'

/**
 * Effect on a share of one instance, after a change compared with before, as a plain difference of shares. The model is normal, so a few
 * events seem less probable to it than they are: their exact probability counts if it is larger.
 */
export function fitBeforeAfterShare(past: readonly Sample[]): BeforeAfterModel {
  const { effectOf, expected, information } = fitBeforeAfterModel(past, ({ value }) => value)
  return {
    expected,
    information,
    effectOf(since) {
      const effect = effectOf(since)
      const earlier = [...past, ...since.control]
      const before = earlier.map(({ value }) => value)
      const now = since.candidate.map(({ value }) => value)
      // As it would have been with the present mix of strata.
      const share = clamp(mean(before) + expected(since.candidate) - expected(earlier), 0, 1)
      if (
        now.length * share * (1 - share) >= MAX_EXACT_EVENTS ||
        ![...before, ...now].every((value) => value === 0 || value === 1)
      )
        return effect
      const events = now.reduce((sum, value) => sum + value, 0)
      const exact = computeUpperTailProbability(events, now.length, { share, samples: before.length })
      return { ...effect, harm: Math.max(effect.harm, exact) }
    },
  }
}
