import type { KnobValues } from '../../../model/knob.ts'
import type { JudgedMetric } from '../../../model/metric.ts'
import { getEffectScale } from '../../statistics/effect-scale.ts'
import { createSeededRandom } from '../../statistics/random.ts'
import { createTuner, type Objective, type OnlineTuner, type SearchBounds } from '../../tuning/index.ts'
import { gatherAgentKnowledge, toObservations } from './agent-knowledge.ts'
import { createDeclaredObservations, isAtDeclaredOptimum } from './declared.ts'
import { selectInformativeObservations } from './informative-observations.ts'
import type { ProposalRequest } from './request.ts'
import type { TriedConfiguration } from './trial-lineages.ts'

/** The metrics that a change for one metric must not harm. */
const guarded: Record<JudgedMetric, (keyof typeof tolerated)[]> = {
  responseTime: ['successRate'],
  successRate: ['responseTime'],
  coordinationScore: ['successRate', 'responseTime'],
}
/** Tolerated harm: a share of a time, a difference of shares. A change that harms more will hardly be kept. */
const tolerated = { responseTime: 0.25, successRate: 0.1 }
/** Maximum number of others' observations given to the tuner, including declarations: more would cost more time than they are worth. */
const MOST_OTHERS = 35
/** Minimum number of others' observations, however many knobs are declared. */
const LEAST_OTHERS = 12

export interface AgentTuner {
  tuner: OnlineTuner
  /** The current values of the knobs that matter for the metric. */
  present: KnobValues
  /** How much better an expected figure is than the current one, as a share of it. */
  gain: (expected: number) => number
}

/**
 * A tuner that knows the measurements of all trials on this agent and on others of its kind, and the declarations of the knobs that
 * may be turned; undefined if nobody reports the metric.
 */
export function createAgentTuner(request: ProposalRequest, current: KnobValues, turnable: SearchBounds): AgentTuner | undefined {
  const { agent, metric } = request
  const { own, others } = gatherAgentKnowledge(agent, current, request.lineages)
  const limited = guarded[metric].filter((each) => own[0].figures[each] !== undefined)
  const metrics = [metric, ...limited] as const
  const knobs = request.knobs.filter(({ affects }) => affects.some((each) => metrics.includes(each.metric as JudgedMetric)))
  const seen = (tried: TriedConfiguration) => toObservations(tried, metrics, knobs)
  const [present] = seen(own[0])
  if (!present) return undefined

  const level = (each: JudgedMetric) => present.metrics[each]!.value
  const open = knobs.filter(({ name }) => name in turnable)
  const declared = createDeclaredObservations(open, present.configuration, metrics, level)
  const { sign } = getEffectScale(metric)
  const objective: Objective = { metric, direction: sign < 0 ? 'minimize' : 'maximize' }
  const learned = others
    .map(({ agent, lineage }) => lineage.flatMap(seen).map((each) => ({ ...each, agent })))
    .filter(({ length }) => length > 0)
    .reverse()
  const told = Math.max(LEAST_OTHERS, MOST_OTHERS - declared.length)
  const tuner = createTuner({
    seed: createSeededRandom(`${agent.agentId} ${metric} ${own.length}`).below(2 ** 31),
    knobs: knobs.map((knob) => ({ ...knob, centred: !isAtDeclaredOptimum(knob, metric, present.configuration[knob.name]!) })),
    objective,
    constraints: limited.map((each) => limit(each, level(each))),
    current: present.configuration,
    experience: [...declared, ...selectInformativeObservations(learned, objective, told)],
  })
  for (const observed of own.flatMap(seen)) tuner.tell(observed)
  const gain = (expected: number) => sign * (expected / level(metric) - 1)
  return { tuner, present: present.configuration, gain }
}

function limit(metric: keyof typeof tolerated, level: number) {
  const { levelAfter: improved, sign } = getEffectScale(metric)
  const bound = improved(level, { value: -tolerated[metric], standardError: 0 }).value
  return sign < 0 ? { metric, max: bound } : { metric, min: bound }
}
