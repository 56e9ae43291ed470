/** Lineages: finished trials of one agent, converted to comparable figures. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { defaultValues, isSameConfiguration, type Knob, type KnobValues } from '../../../model/knob.ts'
import { type JudgedMetric, judgedMetricSchema, type MetricKind, metricTraits } from '../../../model/metric.ts'
import { getEffectScale, type MetricEstimate } from '../../statistics/effect-scale.ts'
import {
  type AdditiveEffect,
  estimateEffect,
  estimateMetric,
  getIntervalValidity,
  getMetricLevel,
} from '../../statistics/effects.ts'
import { computeStandardError } from '../../statistics/interval.ts'

/** Metric → figure on its scale (`effect-scale.ts`). */
export type MetricEstimates = Partial<Record<JudgedMetric, MetricEstimate>>

export interface TriedConfiguration {
  configuration: KnobValues
  figures: MetricEstimates
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
/** Assumed effect if the candidates fell silent or crashed: twice as slow, 40 points fewer successes. */
const DISASTER = {
  continuous: { estimate: Math.log(2), interval: [0.3, 1.1] },
  proportion: { estimate: 40, interval: [20, 60] },
} as const satisfies Record<MetricKind, unknown>
/** Minimum harm that a roll-back counts as. */
const HARM: Record<MetricKind, number> = { continuous: 0.15, proportion: 6 }
/** Standard error if a trial gave none. */
const VAGUE: Record<MetricKind, number> = { continuous: 0.1, proportion: 10 }

/**
 * An agent's trials as lineages, the newest last. A new one starts when a trial ran on a configuration that no earlier trial ran on or
 * tried; if a configuration's figures have changed, everything before is dropped.
 * @param trials of one agent, oldest first
 * @param knobs that it declares now; one that it did not declare before was at its default
 */
export function buildTrialLineages(trials: readonly FinishedTrial[], knobs: readonly Knob[] = []): TrialLineage[] {
  const all: TrialLineage[] = []
  const defaults = defaultValues(knobs)
  for (const each of trials) {
    const isKnown = Object.keys(each.baseline).length > 0
    const trial = isKnown ? { ...each, baseline: { ...defaults, ...each.baseline } } : each
    if (trial.unjudged && trial.improvement === null && !trial.failed) continue
    const control = estimateControl(trial)
    let lineage = all.at(-1)
    let base = lineage && findLatestTried(lineage, trial.baseline)
    // Measurements under another load mislead more than they help.
    if (base && hasDrifted(base.figures, control)) all.length = 0
    if (!lineage || !base || all.length === 0) {
      base = { configuration: trial.baseline, figures: control }
      lineage = [base]
      all.push(lineage)
    }
    // A trial with another target may not have measured all of its figures.
    base.figures = { ...control, ...base.figures }
    const changed = Object.fromEntries(trial.changes.map(({ knob, to }) => [knob, to]))
    lineage.push({
      configuration: { ...trial.baseline, ...changed },
      figures: estimateCandidate(base.figures, trial),
      ...(trial.failed && { failed: true }),
    })
  }
  return all
}

/** The newest figures of a configuration. */
export function findLatestTried(lineage: TrialLineage, configuration: KnobValues): TriedConfiguration | undefined {
  return lineage.findLast((tried) => isSameConfiguration(tried.configuration, configuration))
}

/** Whether figures are so far from the known ones of the same configuration that the load must have changed. */
export function hasDrifted(known: MetricEstimates, shown: MetricEstimates): boolean {
  return judgedMetricSchema.options.some((metric) => {
    const [before, now] = [known[metric], shown[metric]]
    if (!before || !now) return false
    const deviation = Math.hypot(before.standardError, now.standardError, DRIFT[metricTraits[metric].kind])
    return Math.abs(now.value - before.value) > CERTAIN * deviation
  })
}

function estimateControl({ metrics: { before } }: FinishedTrial): MetricEstimates {
  return byMetric((metric) => {
    if (metric !== 'coordinationScore') return estimateMetric(metric, before) ?? undefined
    const level = getMetricLevel(metric, before)
    return level === null
      ? undefined
      : { value: getEffectScale(metric).toScale(level), standardError: VAGUE[metricTraits[metric].kind] }
  })
}

function estimateCandidate(base: MetricEstimates, trial: FinishedTrial): MetricEstimates {
  return byMetric((metric) => {
    const from = base[metric]
    const effect = estimateTrialEffect(trial, metric)
    if (!from || !effect) return undefined
    const { estimate, interval } = effect
    const standardError = interval
      ? computeStandardError(interval, getIntervalValidity(metric, trial.metric))
      : VAGUE[metricTraits[metric].kind]
    return { value: from.value + estimate, standardError: Math.hypot(from.standardError, standardError) }
  })
}

/** A change that was rolled back although its target improved violated a guardrail; if it is not clear which, it counts as no gain. */
function estimateTrialEffect(trial: FinishedTrial, metric: JudgedMetric): AdditiveEffect | null {
  const harmed = trial.failed || (trial.verdict === 'roll-back' && !trial.unjudged)
  if (harmed && trial.improvement === null) return disaster(metric)
  const effect = estimateEffect(metric, { ...trial, target: trial.metric })
  if (!effect || !harmed || metric !== trial.metric || showsHarm(trial)) return effect
  const { sign } = getEffectScale(metric)
  return { ...effect, estimate: -sign * Math.max(-sign * effect.estimate, HARM[metricTraits[metric].kind]) }
}

function disaster(metric: JudgedMetric): AdditiveEffect {
  const { estimate, interval } = DISASTER[metricTraits[metric].kind]
  return getEffectScale(metric).sign < 0
    ? { estimate, interval: [...interval] }
    : { estimate: -estimate, interval: [-interval[1], -interval[0]] }
}

/** Whether the trial measured harm to a metric other than its target. */
function showsHarm(trial: FinishedTrial): boolean {
  return judgedMetricSchema.options.some((metric) => {
    const effect = metric === trial.metric ? null : estimateEffect(metric, { ...trial, target: trial.metric })
    return effect !== null && -getEffectScale(metric).sign * effect.estimate > HARM[metricTraits[metric].kind]
  })
}

function byMetric(of: (metric: JudgedMetric) => MetricEstimate | undefined): MetricEstimates {
  return Object.fromEntries(
    judgedMetricSchema.options.flatMap((metric) => {
      const figure = of(metric)
      return figure ? [[metric, figure]] : []
    }),
  )
}
