import { OptimizerError } from '../../model/errors.ts'
import { normalizeLogWeights } from '../statistics/summaries.ts'
import { measureChange } from './change.ts'
import { convertCounterToIncreases } from './counters.ts'
import { type FeatureWeights, gatherEvidence } from './evidence.ts'
import { assertValidSeries, assertValidSymptom, type CauseInput, type ComponentSeries } from './input.ts'
import { classifyMetric, getWorseningSign, type MetricClass } from './metric-class.ts'
import { featureWeights } from './weights.ts'
import { chooseStrongestEvidence, describeEvidence } from './wording.ts'

/** A component that may have caused a degradation. */
export interface RankedCause {
  component: string
  /** The metric that points to it most clearly. */
  metric: string
  /** 0–1; those of all components sum to 1. */
  probability: number
  /** One sentence in plain English. */
  why: string
}

/**
 * The components that may have caused a degradation, most likely first: a conditional logit (McFadden 1974) of how much each of them
 * changed and how early, how its metrics move with the symptom, and its position in the call graph.
 * @throws OptimizerError `invalid-series`, `invalid-since` or `unknown-symptom`
 */
export function rankCauses(given: CauseInput): RankedCause[] {
  assertValidSeries(given)
  const input = { ...given, series: given.series.map((series) => convertCounterToIncreases(series, given.since)) }
  const symptom = findSymptom(input)
  assertValidSymptom(symptom, input.since)
  const evidence = gatherEvidence(input, symptom)
  const probabilities = normalizeLogWeights(evidence.map(({ features }) => score(features)))
  return evidence
    .map((each, i) => {
      const series = chooseStrongestEvidence(each.evidence, symptom)
      return {
        component: each.component,
        metric: series.metric,
        probability: probabilities[i]!,
        why: describeEvidence(each, series, symptom),
      }
    })
    .sort((a, b) => b.probability - a.probability)
}

const score = (features: FeatureWeights) =>
  (Object.keys(featureWeights) as (keyof FeatureWeights)[]).reduce((sum, name) => sum + featureWeights[name] * features[name], 0)

/**
 * The given symptom; by default the service metric that became worse by most, preferably of a component that nobody calls. Where there is
 * none, one of calls.
 */
function findSymptom({ series, graph = [], since, symptom }: CauseInput): ComponentSeries {
  if (symptom) return series.find((each) => each.component === symptom.component && each.metric === symptom.metric)!
  const called = new Set(graph.map(([, callee]) => callee))
  const becameWorse = (wanted: MetricClass) =>
    series.flatMap((each) => {
      if (classifyMetric(each.metric) !== wanted) return []
      const change = measureChange(each, since)
      const direction = (change.since - change.before) * (each.worse ?? getWorseningSign(each.metric))
      return direction > 0 ? [{ each, size: Math.min(change.deviation, change.shift), entry: !called.has(each.component) }] : []
    })
  const served = becameWorse('service')
  const worse = served.length > 0 ? served : becameWorse('calls')
  const atEntries = worse.filter(({ entry, size }) => entry && size >= 3)
  const choices = atEntries.length > 0 ? atEntries : worse
  if (choices.length === 0) {
    throw new OptimizerError('unknown-symptom', 'No response time, error or success rate got worse; specify the symptom.')
  }
  return choices.reduce((most, each) => (each.size > most.size ? each : most)).each
}
