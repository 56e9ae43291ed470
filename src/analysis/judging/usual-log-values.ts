import type { ArmSamples, Sample } from '../../model/trial.ts'
import { clamp, mean, sortAscending, variance } from '../statistics/summaries.ts'

/** With fewer samples of an instance, or of a stratum, than this, all samples say more about it. */
const MIN_OF_INSTANCE = 20
const MIN_OF_STRATUM = 10
/** The most extreme logs of a group count as these quantiles of it. */
const WINSORIZED = 0.05
/** The two kinds of levels are fitted in turn this many times (backfitting; Breiman & Friedman 1985). */
const ROUNDS = 3

/** Noise of a mean of autocorrelated values, relative to that of independent ones, as far as levels are concerned. */
const CORRELATED = 3

/** The usual log of a value: that of its stratum plus how its instance differs. */
export interface UsualLogValues {
  of(sample: Sample): number
  ofStratum(sample: Sample): number
  ofInstance(instance: string): number
  knowsInstance(instance: string): boolean
}

/**
 * Usual logs by stratum and by instance, as the sum of both. How an instance differs is shrunk by its noise (James & Stein 1961), so that
 * instances that are alike are treated alike.
 */
export function fitUsualLogValues({ control, candidate }: ArmSamples): UsualLogValues {
  const samples = [...control, ...candidate]
  const logs = samples.map(({ value }) => Math.log(value))
  const whole = robustMean(logs)
  const strata = groupIndices(samples, ({ stratum }) => stratum ?? '', MIN_OF_STRATUM)
  const instances = groupIndices(samples, ({ instance }) => instance, MIN_OF_INSTANCE)
  const ofStratum = new Map<string, number>()
  const ofInstance = new Map<string, number>()
  const stratumLevel = ({ stratum }: Sample) => ofStratum.get(stratum ?? '') ?? whole
  const rest = (indices: readonly number[], explained: (sample: Sample) => number) =>
    indices.map((i) => logs[i]! - explained(samples[i]!))
  for (let round = 0; round < (strata.size > 1 ? ROUNDS : 1); round++) {
    for (const [stratum, indices] of strata)
      ofStratum.set(stratum, robustMean(rest(indices, ({ instance }) => ofInstance.get(instance) ?? 0)))
    for (const [instance, indices] of instances) ofInstance.set(instance, shrink(rest(indices, stratumLevel)))
  }
  return {
    of: (sample) => stratumLevel(sample) + (ofInstance.get(sample.instance) ?? 0),
    ofStratum: stratumLevel,
    ofInstance: (instance) => ofInstance.get(instance) ?? 0,
    knowsInstance: (instance) => instances.has(instance),
  }
}

function groupIndices(samples: readonly Sample[], key: (sample: Sample) => string, least: number): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [i, sample] of samples.entries()) {
    const group = groups.get(key(sample))
    if (group) group.push(i)
    else groups.set(key(sample), [i])
  }
  for (const [name, indices] of groups) if (indices.length < least) groups.delete(name)
  return groups
}

function shrink(values: readonly number[]): number {
  const level = robustMean(values)
  const noise = (CORRELATED * variance(values)) / values.length
  return level === 0 ? 0 : level * Math.max(0, 1 - noise / level ** 2)
}

function robustMean(values: readonly number[]): number {
  return mean(winsorize(values))
}

export function winsorize(values: readonly number[]): number[] {
  const ascending = sortAscending(values)
  const cut = Math.floor(WINSORIZED * values.length)
  const [low, high] = [ascending[cut]!, ascending[values.length - 1 - cut]!]
  return values.map((value) => clamp(value, low, high))
}
