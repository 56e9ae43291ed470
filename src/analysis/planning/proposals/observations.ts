/** What is known of an agent and of others of its kind, as the tuner takes it. */
import { type JudgedMetric, type Knob, type KnobValues, refusal } from '../../../model/knob.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import { effectScale } from '../../statistics/effect-scale.ts'
import type { Observation } from '../../tuning/index.ts'
import { type Course, type Figures, hasDeparted, latest, type Tried } from './courses.ts'

export interface Known {
  /** The present configuration first. */
  own: [Tried, ...Tried[]]
  /** Of other agents of the kind, and of this one with settings that were never compared with the present ones. */
  others: { agent: string; course: Course }[]
}

/** Standard errors of what a snapshot shows, on the metrics' scales. */
const UNCERTAIN: Record<JudgedMetric, number> = { responseTime: 0.1, successRate: 5, coordinationScore: 8 }

/**
 * Which of an agent's and its siblings' courses hold at present: its newest one, where that knows the running configuration; only what
 * is shown now, where its figures are no longer the same.
 * @param courses of agents of the kind, by their ids
 */
export function knowledge(agent: AgentProfile, current: KnobValues, courses: ReadonlyMap<string, readonly Course[]>): Known {
  const last = courses.get(agent.agentId)?.at(-1)
  const known = last && latest(last, current)
  const shown = shownBy(agent)
  const named = [...courses].flatMap(([agentId, all]) => all.map((course, i) => ({ agentId, agent: `${agentId}/${i}`, course })))
  if (!last || !known) return { own: [exact({ configuration: current, figures: shown })], others: named }
  if (hasDeparted(known.figures, shown)) {
    const siblings = named.filter(({ agentId }) => agentId !== agent.agentId)
    return { own: [exact({ configuration: current, figures: shown })], others: siblings }
  }
  return {
    own: [exact({ ...known, figures: { ...shown, ...known.figures } }), ...last.filter((tried) => tried !== known)],
    others: named.filter(({ course }) => course !== last),
  }
}

/** Trials measure against what runs, whatever its figures are: what is uncertain is only how far others lie from them. */
function exact({ configuration, figures }: Tried): Tried {
  const certain = Object.entries(figures).map(([metric, figure]) => [metric, figure && { ...figure, standardError: 0 }])
  return { configuration, figures: Object.fromEntries(certain) }
}

function shownBy({ responseTimeP50, successRate, coordinationScore }: AgentProfile): Figures {
  const figure = (metric: JudgedMetric, value: number | null) =>
    value === null ? undefined : { value: effectScale(metric).at(value), standardError: UNCERTAIN[metric] }
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
export function observation(
  { configuration, figures }: Tried,
  metrics: readonly JudgedMetric[],
  knobs: readonly Knob[],
): Observation[] {
  const measured = metrics.flatMap((metric) => {
    const figure = figures[metric]
    return figure ? [[metric, effectScale(metric).inUnit(figure)] as const] : []
  })
  if (measured.length < metrics.length || knobs.some((knob) => refusal(knob, configuration[knob.name]) !== undefined)) return []
  const values = knobs.map(({ name }) => [name, configuration[name]!] as const)
  return [{ configuration: Object.fromEntries(values), metrics: Object.fromEntries(measured) }]
}
