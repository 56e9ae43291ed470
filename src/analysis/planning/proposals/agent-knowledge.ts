/** The knowledge about an agent and others of its kind, in the tuner's input format. */

import { isUsableForJudging } from '../../../model/judged-metric.ts'
import { type Knob, type KnobValues, validateKnobValue } from '../../../model/knob.ts'
import { type Metric, type MetricCatalogue, type MetricKind, type MetricName, toMetricKind } from '../../../model/metric.ts'
import { type AgentProfile, findAgentProfileValue } from '../../../model/profile.ts'
import { combineEstimates, getEffectScale } from '../../statistics/effect-scale.ts'
import type { Observation } from '../../tuning/index.ts'
import {
  createDifferenceErrorEstimator,
  findLatestTriedConfiguration,
  listDriftedMetrics,
  type MetricEstimates,
  omitMetrics,
  type TrialLineage,
  type TriedConfiguration,
} from './trial-lineages.ts'

export interface AgentKnowledge {
  /** The current configuration first. */
  own: [TriedConfiguration, ...TriedConfiguration[]]
  /** From other agents of the kind, and from this one with settings that were never compared with the current ones. */
  others: { agent: string; lineage: TrialLineage }[]
}

/** Standard errors of a snapshot's figures, on the metrics' scales: the log of a quantity, points of a share. */
const UNCERTAIN: Partial<Record<MetricName, number>> = { responseTime: 0.1, successRate: 5, coordinationScore: 8 }
const UNCERTAIN_REPORTED: Record<MetricKind, number> = { continuous: 0.15, proportion: 5 }

/**
 * Selects the lineages of an agent and its siblings that apply now: the newest one of each if it contains the running configuration,
 * without the values of metrics that no longer match the current ones.
 * @param lineages of agents of the kind, by agent id
 */
export function gatherAgentKnowledge(
  agent: AgentProfile,
  current: KnobValues,
  lineages: ReadonlyMap<string, readonly TrialLineage[]>,
  catalogue: MetricCatalogue,
): AgentKnowledge {
  const last = lineages.get(agent.agentId)?.at(-1)
  const known = last && findLatestTriedConfiguration(last, current)
  const shown = estimateProfile(agent, catalogue)
  const named = [...lineages].flatMap(([agentId, all]) =>
    all.map((lineage, i) => ({ agentId, agent: `${agentId}/${i}`, lineage })),
  )
  if (!last || !known) return { own: [withoutError({ configuration: current, figures: shown })], others: named }
  const drifted = listDriftedMetrics(known.figures, shown, catalogue)
  const figures = omitMetrics(known.figures, drifted)
  const levels = estimateCurrentLevels({ figures, measured: known.levels ?? {}, shown })
  const errorOf = createDifferenceErrorEstimator(known)
  const present = withoutError({ ...known, figures: { ...shown, ...levels } })
  const relate = (tried: TriedConfiguration): TriedConfiguration => ({
    ...tried,
    figures: relateToCurrent(tried, known, { levels, errorOf }),
  })
  const earlier = (tried: TriedConfiguration) => ({ ...tried, figures: omitMetrics(tried.figures, drifted) })
  return {
    own: [present, ...last.filter((tried) => tried !== known).map(relate)],
    others: named
      .filter(({ lineage }) => lineage !== last)
      .map((each) => (each.agentId === agent.agentId ? { ...each, lineage: each.lineage.map(earlier) } : each)),
  }
}

/**
 * The levels of the running configuration: what trials and the snapshot measured of it, not the sum of the effects since the first
 * trial, because whether a bound is met depends on the level itself.
 */
function estimateCurrentLevels({
  figures,
  measured,
  shown,
}: Record<'figures' | 'measured' | 'shown', MetricEstimates>): MetricEstimates {
  return Object.fromEntries(
    Object.entries(figures).map(([metric, figure]) => {
      const [level, now] = [measured[metric], shown[metric]]
      return [metric, level ? (now ? combineEstimates(level, now) : level) : figure]
    }),
  )
}

/** The figures of a configuration by its differences from the running one, whose levels are known. */
function relateToCurrent(
  tried: TriedConfiguration,
  current: TriedConfiguration,
  { levels, errorOf }: { levels: MetricEstimates; errorOf: ReturnType<typeof createDifferenceErrorEstimator> },
): MetricEstimates {
  return Object.fromEntries(
    Object.entries(levels).flatMap(([metric, level]) => {
      const [figure, of] = [tried.figures[metric], current.figures[metric]]
      if (!figure || !of || !level) return []
      return [[metric, { value: level.value + figure.value - of.value, standardError: errorOf(tried, metric) }]]
    }),
  )
}

/** Trials compare with the current configuration, so its figures are taken as certain; only the differences are uncertain. */
function withoutError({ configuration, figures }: TriedConfiguration): TriedConfiguration {
  const certain = Object.entries(figures).map(([metric, figure]) => [metric, figure && { ...figure, standardError: 0 }])
  return { configuration, figures: Object.fromEntries(certain) }
}

function estimateProfile(profile: AgentProfile, catalogue: MetricCatalogue): MetricEstimates {
  return Object.fromEntries(
    [...catalogue.values()].filter(isUsableForJudging).flatMap((metric) => {
      const { name } = metric
      const value = findAgentProfileValue(name === 'responseTime' ? 'responseTimeP50' : name, profile)
      const kind = toMetricKind(metric.kind)
      if (value === undefined || (kind === 'continuous' && value <= 0)) return []
      const standardError = UNCERTAIN[name] ?? UNCERTAIN_REPORTED[kind]
      return [[name, { value: getEffectScale(metric).toScale(value), standardError }]]
    }),
  )
}

/**
 * One configuration as an observation of these metrics and knobs; none if a metric or a value is missing, or a knob
 * no longer accepts the value. Times in ms, rates and scores 0–1.
 */
export function toObservations(
  { configuration, figures, failed }: TriedConfiguration,
  metrics: readonly Metric[],
  knobs: readonly Knob[],
): Observation[] {
  const measured = metrics.flatMap((metric) => {
    const figure = figures[metric.name]
    return figure ? [[metric.name, getEffectScale(metric).fromScale(figure)] as const] : []
  })
  if (
    (measured.length < metrics.length && !failed) ||
    knobs.some((knob) => validateKnobValue(knob, configuration[knob.name]) !== undefined)
  )
    return []
  const values = knobs.map(({ name }) => [name, configuration[name]!] as const)
  const known = Object.fromEntries(values)
  return [{ configuration: known, metrics: Object.fromEntries(measured), ...(failed && { failed }) }]
}
