import type { Sample } from '../../model/trial.ts'
import { averageEffects, type EffectEstimate } from './effect.ts'
import { createIncrementalFilters, filterPoints, rankFilters, type WeightedFilter } from './model-averaging.ts'
import { StateSpace, type StateSpaceParameters } from './state-space.ts'
import { fitStratumLevels } from './stratum-levels.ts'

const DEGREES = 30

/** Movements whose log likelihood is this far below the best are dropped. */
const NEGLIGIBLE = 7

export interface BeforeAfterModel {
  /** Effect of the change on scores. */
  effectOf(since: { control: readonly Sample[]; candidate: readonly Sample[] }): EffectEstimate
  /** The mean that the past would have had with the mix of strata of these samples. */
  expected(samples: readonly Sample[]): number
  /** Share of the information on the effect that the first `n` of `all` samples provide. */
  information(n: number, all: number): number
}

/**
 * Effect on the mean score of one instance, after a change compared with before. How its values move without a change is learned from
 * its past, as an average over movements weighted by their likelihood (Bayesian model averaging, Hoeting et al. 1999). Values are
 * compared with those of their stratum, so that another mix of work is not an effect.
 */
export function fitBeforeAfterModel(history: readonly Sample[], scoreOf: (sample: Sample) => number): BeforeAfterModel {
  const levels = fitStratumLevels(history, scoreOf)
  const score = levels.adjusted
  const end = history.at(-1)!.at
  const spacing = (end - history[0]!.at) / (history.length - 1) || 1
  const toPoints = (samples: readonly Sample[]) => samples.map((sample) => ({ at: sample.at / spacing, value: score(sample) }))
  const past = toPoints(history)
  // Even if nothing has varied so far, the next sample may.
  const minScale = 0.5 / history.length / (history.length + 1)
  const tryOut = (candidates: readonly MovementCandidate[]) =>
    rankFilters(candidates.map(({ movement, prior }) => ({ filter: filterPoints(new StateSpace(movement), past, false), prior })))
  const acyclic = tryOut(ACYCLIC_CANDIDATES)
  const cyclic = tryOut(createCyclicCandidates(acyclic[0]!.filter.movement, history.length))
  const plausible = rankFilters([...acyclic, ...cyclic]).filter(({ weight }) => weight > Math.exp(-NEGLIGIBLE))
  const followControl = createIncrementalFilters(plausible, false)
  const prepareChange = (before: readonly WeightedFilter[]) => {
    const models = rankFilters(before)
    return { before, models, follow: createIncrementalFilters(models, true) }
  }
  let change = prepareChange(plausible)
  const ahead = plausible[0]!.filter.copy()
  const variances = [1]
  /** Of the effect, after this many samples with the change. */
  const varianceAfter = (count: number) => {
    for (let i = variances.length; i <= count; i++) {
      ahead.observe(end / spacing + i, 0, true)
      variances.push(ahead.effect.variance)
    }
    return variances[count]!
  }

  return {
    expected: levels.expected,
    effectOf(since) {
      const [later, candidate] = [since.control.filter((sample) => sample.at > end), since.candidate].map(levels.known)
      const [roughness, spread] = [levels.roughness(candidate!), levels.spread(candidate!)]
      const before = followControl(toPoints(later!))
      if (before !== change.before) change = prepareChange(before)
      const changed = change.follow(toPoints(candidate!))
      const estimates = change.models.map(({ filter, weight }, i) => {
        const scale = Math.max(filter.scale, minScale)
        const { value, variance } = changed[i]!.filter.effect
        return { value, variance: variance * scale * spread + roughness, logWeight: Math.log(weight) }
      })
      return averageEffects(estimates, DEGREES)
    },
    information: (n, all) => varianceAfter(all) / varianceAfter(n),
  }
}

/** How an instance's values may move without a change, and the prior probability of that. */
interface MovementCandidate {
  movement: StateSpaceParameters
  prior: number
}

// Times are in mean spacings of the samples.
const FAST = [
  { fast: 0.5, white: 0.3 },
  { fast: 1.5, white: 0.05 },
  { fast: 5, white: 0.3 },
]
const SLOW = [30, 120, 500].flatMap((slow) => [0.1, 0.4, 1.5].map((slowVariance) => ({ slow, slowVariance })))
/** Prior probability that there is no slow movement. */
const STEADY = 0.3
/** Prior probability of a cycle. */
const CYCLIC = 0.3
const CYCLE_VARIANCE = 0.3
/** The numbers of periods that the history may contain. */
const ROUNDS = [1, 1.5, 2, 2.5, 3, 4, 6]

const ACYCLIC_CANDIDATES: readonly MovementCandidate[] = FAST.flatMap((fast) => [
  { movement: { ...fast, slow: 1, slowVariance: 0 }, prior: STEADY },
  ...SLOW.map((slow) => ({ movement: { ...fast, ...slow }, prior: (1 - STEADY) / SLOW.length })),
])

/** The same with a cycle, for a history of this length. The fast movement is independent of it, so it is taken as `known`. */
function createCyclicCandidates(known: StateSpaceParameters, length: number): MovementCandidate[] {
  const likewise = ACYCLIC_CANDIDATES.filter(({ movement }) => movement.fast === known.fast && movement.white === known.white)
  return likewise.flatMap(({ movement, prior }) =>
    ROUNDS.map((rounds) => ({
      movement: { ...movement, cycle: { period: length / rounds, variance: CYCLE_VARIANCE } },
      prior: (prior * CYCLIC) / (1 - CYCLIC) / ROUNDS.length,
    })),
  )
}
