/**
 * Fits the weights of the evidence on generated fleets and prints them: a conditional logit (McFadden 1974) by projected gradient
 * descent. Evidence for a component never counts against it.
 *
 *     node bench/causes/fit.ts [fleets]
 */
import { type FeatureWeights, gatherEvidence } from '../../src/analysis/causes/evidence.ts'
import { generateCase } from './fleet.ts'

/** Seeds that no measurement uses. */
const FIRST_SEED = 1_000_000
/** Evidence that may count against a component. */
const SIGNED = ['isSymptom', 'isSymptomOfUnknownGraph', 'noResource', 'noService', 'degradedCallee', 'unreachable', 'distance']
/** Least weights: real symptoms move with their causes more closely than generated fleets need. */
const FLOORS: Record<string, number> = {
  correlation: 1.5,
  correlationLead: 1,
  serviceTogether: 0.5,
  resourceTogether: 0.5,
  endOfChain: 0.5,
}
const PRIOR_STRENGTH = 0.005
const STEPS = 1500

interface Choice {
  features: FeatureWeights[]
  cause: number
}

const fleets = Number(process.argv[2] ?? 1500)
const choices = Array.from({ length: fleets }, (_, i) => prepare(FIRST_SEED + i)).filter(({ cause }) => cause >= 0)
const names = Object.keys(choices[0]!.features[0]!) as (keyof FeatureWeights)[]
console.log(JSON.stringify(fitWeights(), null, 2))

function prepare(seed: number): Choice {
  const { component, input } = generateCase(seed)
  const symptom = input.series.find((each) => each.component === input.symptom.component && each.metric === input.symptom.metric)!
  const evidence = gatherEvidence(input, symptom)
  return { features: evidence.map(({ features }) => features), cause: evidence.findIndex((each) => each.component === component) }
}

function fitWeights(): Record<string, number> {
  const all = choices.flatMap(({ features }) => features)
  const deviations = names.map((name) => {
    const centre = all.reduce((sum, features) => sum + features[name], 0) / all.length
    return Math.sqrt(all.reduce((sum, features) => sum + (features[name] - centre) ** 2, 0) / all.length) || 1
  })
  const rows = choices.map(({ features }) => features.map((each) => names.map((name, j) => each[name] / deviations[j]!)))
  const weights = names.map(() => 0)
  const speeds = names.map(() => 0)
  for (let step = 0; step < STEPS; step++) {
    const gradient = names.map((_, j) => PRIOR_STRENGTH * weights[j]!)
    rows.forEach((candidates, c) => {
      const scores = candidates.map((row) => row.reduce((sum, x, j) => sum + x * weights[j]!, 0))
      const largest = Math.max(...scores)
      const likelihoods = scores.map((score) => Math.exp(score - largest))
      const total = likelihoods.reduce((sum, each) => sum + each, 0)
      candidates.forEach((row, i) => {
        const excess = (likelihoods[i]! / total - (i === choices[c]!.cause ? 1 : 0)) / rows.length
        for (let j = 0; j < names.length; j++) gradient[j]! += excess * row[j]!
      })
    })
    names.forEach((name, j) => {
      speeds[j] = 0.9 * speeds[j]! - 0.1 * gradient[j]!
      weights[j]! += speeds[j]!
      const least = SIGNED.includes(name) ? Number.NEGATIVE_INFINITY : (FLOORS[name] ?? 0) * deviations[j]!
      if (weights[j]! < least) [weights[j], speeds[j]] = [least, 0]
    })
  }
  return Object.fromEntries(names.map((name, j) => [name, Number((weights[j]! / deviations[j]!).toFixed(2))]))
}
