/** What is known of an agent and of others of its kind, as the tuner takes it. */
import { type JudgedMetric, type Knob, type KnobValues, validateKnobValue } from '../../../model/knob.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import type { Observation } from '../../tuning/index.ts'
import {
  findLatestTried,
  hasDrifted,
  type MetricEstimates,
  type TrialLineage,
  type TriedConfiguration,
} from './trial-lineages.ts'

export interface AgentKnowledge {
  /** The present configuration first. */
  own: [TriedConfiguration, ...TriedConfiguration[]]
  /** Of other agents of the kind, and of this one with settings that were never compared with the present ones. */
  others: { agent: string; course: TrialLineage }[]
}

/** Standard errors of what a snapshot shows, on the metrics' scales. */
const UNCERTAIN: Record<JudgedMetric, number> = { responseTime: 0.1, successRate: 5, coordinationScore: 8 }

/**
 * Which of an agent's and its siblings' courses hold at present: its newest one, where that knows the running configuration; only what
 * is shown now, where its figures are no longer the same.
 * @param courses of agents of the kind, by their ids
 */
export function gatherAgentKnowledge(
  agent: AgentProfile,
  current: KnobValues,
  courses: ReadonlyMap<string, readonly TrialLineage[]>,
): AgentKnowledge {
  const last = courses.get(agent.agentId)?.at(-1)
  const known = last && findLatestTried(last, current)
  const shown = estimateProfile(agent)
  const named = [...courses].flatMap(([agentId, all]) => all.map((course, i) => ({ agentId, agent: `${agentId}/${i}`, course })))
  if (!last || !known) return { own: [withoutError({ configuration: current, figures: shown })], others: named }
  if (hasDrifted(known.figures, shown)) {
    const siblings = named.filter(({ agentId }) => agentId !== agent.agentId)
    return { own: [withoutError({ configuration: current, figures: shown })], others: siblings }
  }
  return {
    own: [withoutError({ ...known, figures: { ...shown, ...known.figures } }), ...last.filter((tried) => tried !== known)],
    others: named.filter(({ course }) => course !== last),
  }
}

/** Trials measure against what runs, whatever its figures are: what is uncertain is only how far others lie from them. */
function withoutError({ configuration, figures }: TriedConfiguration): TriedConfiguration {
  const certain = Object.entries(figures).map(([metric, figure]) => [metric, figure && { ...figure, standardError: 0 }])
  return { configuration, figures: Object.fromEntries(certain) }
}

function estimateProfile({ responseTimeP50, successRate, coordinationScore }: AgentProfile): MetricEstimates {
  const figure = (metric: JudgedMetric, value: number | null) =>
    value === null ? undefined : { value: getEffectScale(metric).toScale(value), standardError: UNCERTAIN[metric] }
  return {
    responseTime: figure('responseTime', responseTimeP50 || null),
    successRate: figure('successRate', successRate),
    coordinationScore: figure('coordinationScore', coordinationScore),
  }
}

/**
 * One configuration as an observation of these metrics and knobs; none where a metric or a value is missing, or a knob
 * takes the value no longer. Times in ms, rates and scores 0–1.
 */
export function toObservations(
  { configuration, figures }: TriedConfiguration,
  metrics: readonly JudgedMetric[],
  knobs: readonly Knob[],
): Observation[] {
  const measured = metrics.flatMap((metric) => {
    const figure = figures[metric]
    return figure ? [[metric, getEffectScale(metric).fromScale(figure)] as const] : []
  })
  if (measured.length < metrics.length || knobs.some((knob) => validateKnobValue(knob, configuration[knob.name]) !== undefined))
    return []
  const values = knobs.map(({ name }) => [name, configuration[name]!] as const)
  return [{ configuration: Object.fromEntries(values), metrics: Object.fromEntries(measured) }]
}
