/** Lineages: finished trials of one agent, converted to comparable figures. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { isUsableForJudging } from '../../../model/judged-metric.ts'
import { getDefaultValues, isSameConfiguration, isSameValue, type Knob, type KnobValues } from '../../../model/knob.ts'
import {
  type Metric,
  type MetricCatalogue,
  type MetricKind,
  type MetricName,
  selectMetrics,
  toMetricKind,
} from '../../../model/metric.ts'
import type { MeasuredMetrics } from '../../../model/result.ts'
import { combineEstimates, getEffectScale, type MetricEstimate } from '../../statistics/effect-scale.ts'
import { estimateMetric, getIntervalValidity, getMetricLevel, listMeasuredMetrics } from '../../statistics/effects.ts'
import { computeStandardError } from '../../statistics/interval.ts'
import { estimateTrialEffect } from './trial-effect.ts'

/** Metric → figure on its scale (`effect-scale.ts`). */
export type MetricEstimates = Partial<Record<MetricName, MetricEstimate>>

export interface TriedConfiguration {
  configuration: KnobValues
  figures: MetricEstimates
  /** What was measured of it directly, whatever it was compared with. */
  levels?: MetricEstimates
  /** The configuration that a trial compared it with, and the effects. */
  comparison?: { base: TriedConfiguration; effects: MetricEstimates }
  /** It was refused, crashed or fell silent; its figures are assumed. */
  failed?: boolean
}

/**
 * Configurations under one load. A trial measures how much better one is than another at the same time, so each figure is that of the
 * configuration it was compared with plus the effect: changes of the load cancel out.
 */
export type TrialLineage = TriedConfiguration[]

/** Drift of a configuration's figures between trials beyond which it counts as another load: log of a factor, points. */
const DRIFT: Record<MetricKind, number> = { continuous: 0.12, proportion: 6 }
/** Standard deviations beyond which a difference is more than drift and noise. */
const CERTAIN = 2.5
/** Standard error if a trial gave none. */
const VAGUE: Record<MetricKind, number> = { continuous: 0.1, proportion: 10 }

/**
 * An agent's trials as lineages, the newest last. A new one starts when a trial ran on a configuration that no earlier trial ran on or
 * tried; if a configuration's figure of a metric has changed, all earlier figures of that metric are dropped.
 * @param trials of one agent, oldest first
 * @param knobs that it declares now; one that it did not declare before was at its default
 */
export function buildTrialLineages(
  trials: readonly FinishedTrial[],
  catalogue: MetricCatalogue,
  knobs: readonly Knob[] = [],
): TrialLineage[] {
  const all: TrialLineage[] = []
  const defaults = getDefaultValues(knobs)
  for (const each of trials) {
    const isKnown = Object.keys(each.baseline).length > 0
    const trial = isKnown ? { ...each, baseline: { ...defaults, ...each.baseline } } : each
    if ((trial.unjudged && trial.improvement === null && !trial.failed) || isAccident(each, trials)) continue
    const control = estimateLevels(trial.metrics.before, catalogue)
    let lineage = all.at(-1)
    let base = lineage && findLatestTriedConfiguration(lineage, trial.baseline)
    if (base) forgetMetrics(all.flat(), listDriftedMetrics(base.figures, control, catalogue))
    if (!lineage || !base) {
      base = { configuration: trial.baseline, figures: control }
      lineage = [base]
      all.push(lineage)
    }
    // A trial with another target may not have measured all of its figures.
    base.figures = { ...control, ...base.figures }
    base.levels = combineLevels(base.levels ?? {}, control, catalogue)
    const changed = Object.fromEntries(trial.changes.map(({ knob, to }) => [knob, to]))
    const effects = estimateEffects(base.figures, trial, catalogue)
    lineage.push({
      configuration: { ...trial.baseline, ...changed },
      figures: addEffects(base.figures, effects),
      levels: estimateLevels(trial.metrics.after, catalogue),
      comparison: { base, effects },
      ...(trial.failed && { failed: true }),
    })
  }
  return all
}

/**
 * Whether a candidate fell silent in no other trial that turned one of the same knobs in the same direction: an instance that crashes
 * once says little about its values, and blaming them would keep later trials away from what works.
 */
function isAccident(trial: FinishedTrial, trials: readonly FinishedTrial[]): boolean {
  if (!trial.silent) return false
  const turns = (other: FinishedTrial) =>
    other.changes.some(({ knob, from, to }) =>
      trial.changes.some((each) => each.knob === knob && (to > from === each.to > each.from || isSameValue(to, each.to))),
    )
  return !trials.some((other) => other !== trial && other.silent && turns(other))
}

/** The newest figures of a configuration. */
export function findLatestTriedConfiguration(lineage: TrialLineage, configuration: KnobValues): TriedConfiguration | undefined {
  return lineage.findLast((tried) => isSameConfiguration(tried.configuration, configuration))
}

/**
 * The metrics whose figures are so far from the known ones of the same configuration that the load must have changed. Quantiles scatter too
 * much to tell.
 */
export function listDriftedMetrics(known: MetricEstimates, shown: MetricEstimates, catalogue: MetricCatalogue): MetricName[] {
  const drifted = selectMetrics(catalogue, Object.keys(known)).filter(({ name, kind, quantile }) => {
    const [before, now] = [known[name], shown[name]]
    if (!before || !now || quantile !== undefined) return false
    const deviation = Math.hypot(before.standardError, now.standardError, DRIFT[toMetricKind(kind)])
    return Math.abs(now.value - before.value) > CERTAIN * deviation
  })
  return drifted.map(({ name }) => name)
}

/** Measurements under another load mislead more than they help, but only about the metrics that changed with it. */
function forgetMetrics(tried: readonly TriedConfiguration[], names: readonly MetricName[]): void {
  if (names.length === 0) return
  for (const each of tried) {
    each.figures = omitMetrics(each.figures, names)
    each.levels = omitMetrics(each.levels ?? {}, names)
  }
}

export function omitMetrics(figures: MetricEstimates, names: readonly MetricName[]): MetricEstimates {
  return Object.fromEntries(Object.entries(figures).filter(([name]) => !names.includes(name)))
}

function estimateLevels(measured: MeasuredMetrics, catalogue: MetricCatalogue): MetricEstimates {
  const names = new Set([...listMeasuredMetrics(measured), ...Object.keys(measured.further ?? {})])
  const judged = selectMetrics(catalogue, [...names]).filter(isUsableForJudging)
  return byMetric(judged, (metric) => {
    if (metric.name !== 'coordinationScore') return estimateMetric(metric, measured) ?? undefined
    const level = getMetricLevel(metric.name, measured)
    return level === null
      ? undefined
      : { value: getEffectScale(metric).toScale(level), standardError: VAGUE[toMetricKind(metric.kind)] }
  })
}

/** An earlier level as an estimate of the present one. */
const allowForDrift = ({ value, standardError }: MetricEstimate, kind: Metric['kind']): MetricEstimate => ({
  value,
  standardError: Math.hypot(standardError, DRIFT[toMetricKind(kind)] / 2),
})

/** The levels of a configuration after another measurement of it. The load drifts, so an earlier one counts less. */
function combineLevels(earlier: MetricEstimates, newer: MetricEstimates, catalogue: MetricCatalogue): MetricEstimates {
  const both = selectMetrics(catalogue, Object.keys(newer)).filter(({ name }) => earlier[name])
  return {
    ...earlier,
    ...newer,
    ...byMetric(both, ({ name, kind }) => combineEstimates(allowForDrift(earlier[name]!, kind), newer[name]!)),
  }
}

function estimateEffects(base: MetricEstimates, trial: FinishedTrial, catalogue: MetricCatalogue): MetricEstimates {
  return byMetric(selectMetrics(catalogue, Object.keys(base)), (metric) => {
    const effect = estimateTrialEffect(trial, metric, catalogue)
    if (!effect) return undefined
    const { estimate, interval } = effect
    const standardError = interval
      ? computeStandardError(interval, getIntervalValidity(metric.name, trial.metric))
      : VAGUE[toMetricKind(metric.kind)]
    return { value: estimate, standardError }
  })
}

function addEffects(base: MetricEstimates, effects: MetricEstimates): MetricEstimates {
  return Object.fromEntries(
    Object.entries(effects).flatMap(([metric, effect]) => {
      const from = base[metric]
      if (!from || !effect) return []
      return [[metric, { value: from.value + effect.value, standardError: Math.hypot(from.standardError, effect.standardError) }]]
    }),
  )
}

/**
 * Measures how uncertain the differences from a configuration of a lineage are: the standard error by metric is that of the trials between
 * both, because what lies before both concerns both alike. Where one of these did not measure the metric, both figures count by themselves.
 */
export function createDifferenceErrorEstimator(from: TriedConfiguration): (to: TriedConfiguration, metric: MetricName) => number {
  const path = listPath(from)
  let last: { to: TriedConfiguration; between: TriedConfiguration[] } | undefined
  const listBetween = (to: TriedConfiguration) => {
    const other = listPath(to)
    return [...path.difference(other), ...other.difference(path)]
  }
  return (to, metric) => {
    if (last?.to !== to) last = { to, between: listBetween(to) }
    const errors = last.between.map(({ comparison }) => comparison?.effects[metric]?.standardError)
    const known = errors.filter((error) => error !== undefined)
    if (known.length === errors.length) return Math.hypot(...known)
    return Math.hypot(from.figures[metric]?.standardError ?? 0, to.figures[metric]?.standardError ?? 0)
  }
}

/** A configuration, the one that it was compared with, and so on. */
function listPath(tried: TriedConfiguration): Set<TriedConfiguration> {
  const path = new Set<TriedConfiguration>()
  for (let at: TriedConfiguration | undefined = tried; at && !path.has(at); at = at.comparison?.base) path.add(at)
  return path
}

function byMetric(metrics: readonly Metric[], of: (metric: Metric) => MetricEstimate | undefined): MetricEstimates {
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const figure = of(metric)
      return figure ? [[metric.name, figure]] : []
    }),
  )
}
