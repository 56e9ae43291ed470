import { isSameConfiguration, type Knob, type KnobValues, validateKnobValue } from '../../../model/knob.ts'
import { includeControllingKnobs, keepSatisfiableConditions } from '../../../model/knob-condition.ts'
import { getMetric, type Metric, type MetricName } from '../../../model/metric.ts'
import type { Objective as ObjectiveOfAgent } from '../../../model/objective.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import { readBoundedValue } from '../../observing/bounds.ts'
import { findWeightedMetrics } from '../../observing/weighted-metrics.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { createSeededRandom } from '../../statistics/random.ts'
import { type Constraint, createTuner, type OnlineTuner, type SearchBounds, type TunerObjective } from '../../tuning/index.ts'
import { gatherAgentKnowledge, toObservations } from './agent-knowledge.ts'
import { createDeclaredObservations, leadsToBound } from './declared.ts'
import { selectInformativeObservations } from './informative-observations.ts'
import type { ProposalRequest } from './request.ts'
import type { TriedConfiguration } from './trial-lineages.ts'
import { addWeightedEffect, addWeightedSum } from './weighted-sum.ts'

/** The metrics that a change for one metric must not harm, on an agent without an objective. */
const guarded: Partial<Record<MetricName, (keyof typeof tolerated)[]>> = {
  responseTime: ['successRate'],
  successRate: ['responseTime'],
  coordinationScore: ['successRate', 'responseTime'],
}
/** Tolerated harm: a share of a time, a difference of shares. A change that harms more will hardly be kept. */
const tolerated = { responseTime: 0.25, successRate: 0.1 }
/** Maximum number of others' observations given to the tuner, including declarations: more would cost more time than they are worth. */
const MAX_OTHERS = 35
/** Minimum number of others' observations, however many knobs are declared. */
const MIN_OTHERS = 12

export interface AgentTuner {
  tuner: OnlineTuner
  /** The current values of the knobs that matter for the metric. */
  present: KnobValues
  /** How much better an expected figure is than the current one, as a share of it. */
  gain: (expected: number) => number
  /** Whether the agent has been measured with this configuration. */
  wasTried: (configuration: KnobValues) => boolean
}

/**
 * A tuner that knows the measurements of all trials on this agent and on others of its kind, and the declarations of the knobs that
 * may be turned; undefined if nobody reports the metric.
 */
export function createAgentTuner(request: ProposalRequest, current: KnobValues, turnable: SearchBounds): AgentTuner | undefined {
  const { agent, catalogue, objective: served } = request
  const weighed = served && findWeightedMetrics(request.metric, served, agent, catalogue)
  const metric = getMetric(catalogue, request.metric)
  const { own, others } = gatherAgentKnowledge(agent, current, request.lineages, catalogue)
  const isKnown = (name: MetricName) => name !== metric.name && own[0].figures[name] !== undefined
  const limited = (served ? listBoundedMetrics(served) : (guarded[metric.name] ?? ['successRate']))
    .filter(isKnown)
    .map((name) => getMetric(catalogue, name))
  const metrics = [metric, ...limited] as const
  const isRelevant = ({ affects }: Knob) => affects.some((each) => metrics.some(({ name }) => name === each.metric))
  const relevant = served ? request.knobs : includeControllingKnobs(request.knobs.filter(isRelevant), request.knobs)
  const knobs = keepSatisfiableConditions(relevant, validateKnobValue).map((knob) =>
    weighed ? addWeightedEffect(knob, weighed) : knob,
  )
  const seen = (tried: TriedConfiguration) =>
    toObservations(weighed ? addWeightedSum(tried, weighed, catalogue) : tried, metrics, knobs)
  const observed = own.flatMap(seen)
  const [present] = seen(own[0])
  if (!present) return undefined

  const level = ({ name }: Metric) => present.metrics[name]!.value
  const open = knobs.filter(({ name }) => name in turnable)
  const declared = createDeclaredObservations(open, present.configuration, metrics, level, served ? 'possible' : 'none')
  const { sign } = getEffectScale(metric)
  const objective: TunerObjective = { metric: metric.name, direction: sign < 0 ? 'minimize' : 'maximize' }
  const learned = others
    .map(({ agent, lineage }) => lineage.flatMap(seen).map((each) => ({ ...each, agent })))
    .filter(({ length }) => length > 0)
    .reverse()
  const told = Math.max(MIN_OTHERS, MAX_OTHERS - declared.length)
  const tuner = createTuner({
    seed: createSeededRandom(`${agent.agentId} ${metric.name} ${observed.length}`).below(2 ** 31),
    knobs: knobs.map((knob) => ({
      ...knob,
      // A declaration is better known than that most of the best values lie between the bounds.
      centred: !leadsToBound(knob, metric.name, present.configuration[knob.name]!),
    })),
    objective,
    constraints: served
      ? createObjectiveConstraints(served, limited, agent, level)
      : limited.map((each) => limitBy(each, tolerated[each.name as keyof typeof tolerated], level(each))),
    current: present.configuration,
    experience: [...declared, ...selectInformativeObservations(learned, objective, told)],
  })
  for (const each of observed) tuner.tell(each)
  const gain = (expected: number) => sign * (expected / level(metric) - 1)
  const wasTried = (configuration: KnobValues) => observed.some((each) => isSameConfiguration(each.configuration, configuration))
  return { tuner, present: present.configuration, gain, wasTried }
}

/** Success is guarded whatever the objective says. */
function listBoundedMetrics({ subjectTo, tolerate }: ObjectiveOfAgent): MetricName[] {
  const names = ['successRate', ...subjectTo.map(({ metric }) => metric), ...Object.keys(tolerate)]
  return [...new Set(names)]
}

/**
 * The bounds of an objective and what it tolerates, as constraints on the figures that the tuner knows. It knows only the median of
 * response times, so a bound on another quantile becomes the median at which that quantile would reach it.
 */
function createObjectiveConstraints(
  { subjectTo, tolerate }: ObjectiveOfAgent,
  limited: readonly Metric[],
  agent: AgentProfile,
  level: (metric: Metric) => number,
): Constraint[] {
  return limited.flatMap((metric) => {
    const { name } = metric
    const bounds = subjectTo.filter((bound) => bound.metric === name)
    const given = tolerate[name] ?? (name === 'successRate' && bounds.length === 0 ? 100 * tolerated.successRate : undefined)
    const relative = given === undefined ? [] : [limitBy(metric, given / 100, level(metric))]
    const absolute = bounds.map((bound) => {
      const present = readBoundedValue(bound, agent)
      const scale = name === 'responseTime' && present ? level(metric) / present : 1
      const { min, max } = bound
      return { metric: name, ...(min !== undefined && { min: scale * min }), ...(max !== undefined && { max: scale * max }) }
    })
    return [...absolute, ...relative]
  })
}

function limitBy(metric: Metric, loss: number, level: number): Constraint {
  const { levelAfter: improved, sign } = getEffectScale(metric)
  const bound = improved(level, { value: -loss, standardError: 0 }).value
  return sign < 0 ? { metric: metric.name, max: bound } : { metric: metric.name, min: bound }
}
