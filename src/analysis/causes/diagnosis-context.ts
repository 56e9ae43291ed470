import { clamp } from '../statistics/summaries.ts'
import type { CallGraph } from './call-graph.ts'
import type { Change } from './change.ts'
import type { ComponentSeries } from './input.ts'
import { getWorseningSign, isSameQuantity, type MetricClass } from './metric-class.ts'

/** A series with what it says about the symptom. */
export interface SeriesEvidence extends ComponentSeries {
  class: MetricClass
  change: Change
  /** Absolute rank correlation with the symptom, 0–1. */
  correlation: number
  /** Size of the change on a logarithmic scale, 0–1; 1 from a hundred times the usual variation. */
  size: number
}

/** The largest of numbers that are 0 or more; 0 of none. */
export const maxOrZero = (values: readonly number[]) => Math.max(0, ...values)

/** Certainty that something changed at all, 0–1. */
export const toCertainty = ({ deviation, shift }: Change) => 1 - Math.exp(-((Math.min(deviation, shift) / 4) ** 2))

const worsening = ({ change, metric, worse = getWorseningSign(metric) }: SeriesEvidence) => (change.since - change.before) * worse

/** What is known about all components together: which depends on which, and how much worse each became. */
export class DiagnosisContext {
  readonly calls: CallGraph
  readonly symptom: SeriesEvidence
  /** Calls between the symptom's component and those that it depends on. */
  readonly distances: Map<string, number>
  /** How certainly everything on the way to them became worse, 0–1. */
  readonly chains: Map<string, number>
  private readonly byComponent: ReadonlyMap<string, readonly SeriesEvidence[]>
  private readonly worst = new Map<string, number>()
  private readonly best: { correlation: number; size: number }

  constructor(byComponent: ReadonlyMap<string, readonly SeriesEvidence[]>, calls: CallGraph, symptom: SeriesEvidence) {
    this.byComponent = byComponent
    this.calls = calls
    this.symptom = symptom
    this.distances = calls.distancesFrom(symptom.component)
    this.chains = calls.chainsFrom(symptom.component, (component) => this.degradation(component))
    const evidence = [...byComponent.values()].flat()
    for (const series of evidence) this.worst.set(series.metric, Math.max(this.worst.get(series.metric) ?? 0, harm(series)))
    const others = evidence.filter((series) => !this.restatesSymptom(series))
    this.best = {
      correlation: maxOrZero(others.map((series) => series.correlation)),
      size: maxOrZero(others.map((series) => series.size)),
    }
  }

  /** Whether a metric is the symptom or, like another quantile of the same times, moves with it whatever the cause is. */
  restatesSymptom(series: SeriesEvidence): boolean {
    if (series.component !== this.symptom.component) return false
    const isServed = series.class === 'service' || series.class === 'calls'
    return series === this.symptom || (isServed && isSameQuantity(series.metric, this.symptom.metric))
  }

  /** The fourth power of the most that a component has, as a share of the most of any, so that only the best count; the symptom aside. */
  lead(component: string, by: 'correlation' | 'size'): number {
    const own = this.byComponent.get(component)!.filter((series) => !this.restatesSymptom(series))
    return this.best[by] === 0 ? 0 : (maxOrZero(own.map((series) => series[by])) / this.best[by]) ** 4
  }

  /** Certainty that the component serves its callers worse, 0–1. */
  degradation(component: string): number {
    const evidence = this.byComponent.get(component) ?? []
    return maxOrZero(
      evidence.filter((series) => series.class === 'service' && worsening(series) > 0).map(({ change }) => toCertainty(change)),
    )
  }

  /** Certainty that those that the component calls serve it worse, 0–1; undefined if it does not measure that. */
  slowCalls(component: string): number | undefined {
    const evidence = (this.byComponent.get(component) ?? []).filter((series) => series.class === 'calls')
    if (evidence.length === 0) return undefined
    return maxOrZero(evidence.filter((series) => worsening(series) > 0).map(({ change }) => toCertainty(change)))
  }

  /** How much worse a metric of the component became, as a share of the most of all components. */
  harmShare(component: string, metric: string): number {
    const series = this.byComponent.get(component)?.find((each) => each.metric === metric)
    return series && this.worst.get(metric)! > 0 ? harm(series) / this.worst.get(metric)! : 0
  }

  /** How much more it is asked to do than its callers explain, on a logarithmic scale, 0–1; 1 from four times as much. */
  unexplainedLoad(component: string): number {
    const ofCallers = this.calls.callers(component).flatMap((caller) => this.loadGrowth(caller) ?? [])
    if (ofCallers.length < this.calls.callers(component).length) return 0
    return clamp(((this.loadGrowth(component) ?? 0) - maxOrZero(ofCallers)) / Math.log(4), 0, 1)
  }

  /** The logarithm of how many times as much it is asked to do, weighted by the certainty that it is; undefined if that is not measured. */
  private loadGrowth(component: string): number | undefined {
    const evidence = this.byComponent.get(component)?.filter((series) => series.class === 'load') ?? []
    if (evidence.length === 0) return undefined
    const grown = evidence.filter(({ change: { before, since } }) => since > before && before > 0)
    return maxOrZero(grown.map(({ change }) => Math.log(change.since / change.before) * toCertainty(change)))
  }

  /** The part of it that no callee explains by what it reports of itself. */
  unexplainedShare(component: string, metric: string): number {
    const passedOn = this.calls.callees(component).map((callee) => this.harmShare(callee, metric))
    return Math.max(0, this.harmShare(component, metric) - maxOrZero(passedOn))
  }

  /** The part of it that neither a callee nor slow calls explain. */
  ownShare(component: string, metric: string): number {
    return this.unexplainedShare(component, metric) * (1 - (this.slowCalls(component) ?? 0))
  }

  /** Whether something between the caller and those that it calls became worse that no callee reports of itself, 0–1. */
  unexplainedCalls(caller: string, metric: string): number {
    return this.slowCalls(caller) ?? this.unexplainedShare(caller, metric)
  }
}

/** How much worse a metric became, in its own unit, weighted by the certainty that it did. */
const harm = (series: SeriesEvidence) => Math.max(0, worsening(series)) * toCertainty(series.change)
