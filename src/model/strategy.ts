import { z } from 'zod'
import { bottleneckTypeSchema, builtInBottleneckTypes, severitySchema } from './bottleneck.ts'
import { knobValueSchema, riskSchema } from './knob.ts'
import { metricNameSchema, recordedMetricSchema } from './metric.ts'
import { knobNameSchema, nameSchema } from './name.ts'
import { objectiveSchema } from './objective.ts'
import { successMetricSchema } from './success-metric.ts'
import { labelSchema } from './text.ts'
import { weightedMetricsSchema } from './weights.ts'

/** The types of strategies that the optimizer knows by itself; every type of bottleneck is one too. */
export const builtInStrategyTypes = [
  ...builtInBottleneckTypes,
  'predictive_optimization',
  'coordination_enhancement',
  'agent_objective',
  'resource_reduction',
  'operator_request',
] as const
export const strategyTypeSchema = bottleneckTypeSchema.describe('The type of its bottleneck, or a separate type')
export type StrategyType = z.infer<typeof strategyTypeSchema>

/** One knob turned: the action as document 000 words it, and the actual change. */
export const actionSchema = z.object({
  description: z.string(),
  agentId: nameSchema,
  knob: knobNameSchema,
  from: knobValueSchema,
  to: knobValueSchema,
  unit: labelSchema.optional().describe('Unit of both values; missing if the knob had none when the strategy was planned'),
})
export type Action = z.infer<typeof actionSchema>

/** Trials of the same change on agents that the operator declared alike, which are judged together. */
export const poolSchema = z.object({
  id: z.string(),
  /** Each agent with its own strategy, the one that was planned first. */
  members: z.array(z.object({ strategyId: z.string(), agentId: nameSchema })).min(2),
})
export type Pool = z.infer<typeof poolSchema>

/** A change worth trying (B5, B6). Small enough to travel through workflow payloads. */
export const strategySchema = z.object({
  /** `opt_<ms>_<rand>`, `proactive_<ms>_pred` or `proactive_<ms>_coord`; also the trial's id. */
  id: z.string(),
  type: strategyTypeSchema,
  priority: severitySchema,
  /** As in the documents: an agent, `system` or `inter_agent`. */
  targetComponent: z.string(),
  /** The agent whose knobs the actions turn. */
  agentId: nameSchema,
  /** The metric that the trial has to improve. */
  targetMetric: metricNameSchema,
  /** The objective of the agent that it serves, if one is set. */
  objective: objectiveSchema.optional(),
  /** The agent's own objective when it was planned, if `objective` was derived from it; null if it had none. */
  derivedFrom: objectiveSchema.nullable().optional(),
  /** The metrics that its target, a weighted sum, consists of. */
  weighed: weightedMetricsSchema.optional(),
  /** The metrics of its agent that are not built in, as they were declared when it was planned. */
  declared: z.array(recordedMetricSchema).optional(),
  description: z.string(),
  /** The improvement that its trial measures on average, kept or not: percent for times, points for rates and scores. */
  expectedImprovement: z.number(),
  /** Contains the improvement measured by its trial with a probability of 80%; missing if nothing is predicted. */
  expectedInterval: z.tuple([z.number(), z.number()]).optional(),
  /** Standard deviation of `expectedImprovement` itself; 0 or missing if nothing was learned yet. */
  uncertainty: z.number().optional(),
  /** Milliseconds. */
  implementationTime: z.number(),
  actions: z.array(actionSchema).min(1),
  /** Why these knobs and values were chosen, in plain English. */
  why: z.string().optional(),
  successMetrics: z.array(successMetricSchema),
  rollbackPlan: z.string(),
  /** Present if a person has to approve it first (B11): the risk of its knobs, and the autonomy it was weighed against. */
  asks: z.object({ risk: riskSchema, autonomy: z.number() }).optional(),
  requestedBy: labelSchema.optional().describe('The person who asked for it; missing if the optimizer planned it'),
  /** The earlier strategy whose change a person asked to try again. */
  repeats: z.string().optional(),
  /** Present if one of its knobs takes effect only on a restart. */
  restarts: z.literal(true).optional(),
  /**
   * Present if its trial does not fit into a cycle: the executions of the agent that a decisive trial takes, and how long that is at the
   * agent's present rate.
   */
  observation: z.object({ decisions: z.int(), ms: z.number() }).optional(),
  /** Present if its trial is judged together with those of the same change on other agents. */
  pool: poolSchema.optional(),
})
export type Strategy = z.infer<typeof strategySchema>
