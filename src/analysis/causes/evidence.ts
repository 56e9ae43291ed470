import { computeRankCorrelation } from '../statistics/rank-correlation.ts'
import { CallGraph } from './call-graph.ts'
import { measureChange } from './change.ts'
import { DiagnosisContext, maxOrZero, type SeriesEvidence, toCertainty } from './diagnosis-context.ts'
import type { CauseInput, ComponentSeries } from './input.ts'
import { classifyMetric, type MetricClass } from './metric-class.ts'
import { findTrigger, type Trigger } from './trigger.ts'

export interface ComponentEvidence {
  component: string
  evidence: readonly SeriesEvidence[]
  features: ComponentFeatures
  /** The change recorded of it shortly before. */
  trigger?: Trigger
}

/** Evidence for or against a component; each 0–1. */
export type ComponentFeatures = ReturnType<typeof computeFeatures>
/** A number for each of them. */
export type FeatureWeights = { [name in keyof ComponentFeatures]: number }

export function gatherEvidence(
  { series, graph, since, changes = [] }: CauseInput,
  symptom: ComponentSeries,
): ComponentEvidence[] {
  const evidence = series.map((each): SeriesEvidence => {
    const change = measureChange(each, since)
    const correlation = Math.abs(computeRankCorrelation(each.values, symptom.values))
    const size = Math.min(1, Math.log1p(Math.min(change.deviation, change.shift)) / Math.log1p(100))
    return { ...each, class: classifyMetric(each.metric), change, correlation, size }
  })
  const byComponent = Map.groupBy(evidence, ({ component }) => component)
  const scene = new DiagnosisContext(byComponent, new CallGraph(graph), evidence[series.indexOf(symptom)]!)
  return [...byComponent].map(([component, own]) => {
    const trigger = findTrigger(changes, component, since)
    return { component, evidence: own, trigger, features: computeFeatures(component, own, scene, trigger) }
  })
}

/** Deviations from which a metric counts as having left its usual range. */
const noticeable = 3

function computeFeatures(component: string, own: readonly SeriesEvidence[], scene: DiagnosisContext, trigger?: Trigger) {
  const { calls, symptom, distances, chains } = scene
  const others = own.filter((series) => !scene.restatesSymptom(series))
  const of = (wanted: MetricClass) => others.filter((series) => series.class === wanted)
  const together = (wanted: MetricClass) => maxOrZero(of(wanted).map((series) => series.size * series.correlation))
  const relative = (wanted: MetricClass) => maxOrZero(of(wanted).map(relativeChange))
  const graph = calls.known ? 1 : 0
  const chain = graph * (chains.get(component) ?? 0)
  const degradation = scene.degradation(component)
  const degradedCallee = maxOrZero(calls.callees(component).map((callee) => scene.degradation(callee)))
  const callersOwn = calls.callers(component).map((caller) => scene.unexplainedCalls(caller, symptom.metric))
  const onsets = others.flatMap(({ change }) =>
    change.onset === undefined || change.deviation < noticeable ? [] : [change.onset],
  )
  const ownLoad = graph * scene.unexplainedLoad(component)
  const isEntry = calls.callers(component).length === 0
  const addedLoads = calls.callees(component).map((callee) => scene.unexplainedLoad(callee) / calls.callers(callee).length)
  const isSymptom = component === symptom.component ? 1 : 0
  return {
    serviceTogether: together('service'),
    resourceTogether: together('resource'),
    serviceRelative: relative('service'),
    resourceRelative: relative('resource'),
    correlation: maxOrZero(others.map((series) => series.correlation)) ** 2,
    correlationLead: scene.lead(component, 'correlation'),
    sizeLead: scene.lead(component, 'size'),
    early: onsets.some((onset) => onset <= (symptom.change.onset ?? 0)) ? 1 : 0,
    lost: own.some(({ change }) => change.lost) ? 1 : 0,
    changed: (trigger?.closeness ?? 0) * maxOrZero(own.map(({ change }) => (change.lost ? 1 : toCertainty(change)))),
    isSymptom,
    isSymptomAtEntry: isSymptom * graph * (isEntry ? 1 : 0),
    isSymptomOfUnknownGraph: (1 - graph) * isSymptom,
    noResource: of('resource').length === 0 ? 1 : 0,
    noService: own.some((series) => series.class === 'service') ? 0 : 1,
    harmOfUnknownGraph: (1 - graph) * scene.harmShare(component, symptom.metric),
    relativeOfUnknownGraph: (1 - graph) * relative('service'),
    ownHarm: graph * scene.ownShare(component, symptom.metric),
    ownHarmOfAny: graph * maxOrZero(of('service').map(({ metric }) => scene.ownShare(component, metric))),
    endOfChain: chain * degradation * (1 - degradedCallee),
    beyondChain: chain * (1 - degradation),
    degradedCallee: graph * degradedCallee,
    unexplainedCallers: callersOwn.length > 0 ? Math.min(...callersOwn) : 0,
    loadFromOutside: isEntry ? ownLoad : 0,
    loadFromNowhere: isEntry ? 0 : ownLoad,
    addedLoad: graph * maxOrZero(addedLoads),
    unreachable: graph * (distances.has(component) ? 0 : 1),
    distance: (graph * Math.min(5, distances.get(component) ?? 0)) / 5,
  }
}

/** Change of level in powers of a hundred, at most 1; nothing that chance explains. */
function relativeChange({ change }: SeriesEvidence): number {
  const { before, since } = change
  const smallest = 1e-3 * Math.max(Math.abs(before), Math.abs(since))
  if (smallest === 0) return 0
  const ratio = Math.abs(Math.log(Math.max(Math.abs(since), smallest) / Math.max(Math.abs(before), smallest)))
  return Math.min(1, ratio / Math.log(100)) * toCertainty(change)
}
