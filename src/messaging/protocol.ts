/** The agent protocol: the same messages over NATS and HTTP. These schemas are its single source. */
import { z } from 'zod'
import { knobSchema, knobValuesSchema, nameSchema, versionSchema } from '../model/knob.ts'
import { metricDeclarationSchema, metricNameSchema } from '../model/metric.ts'

const instance = { agentId: nameSchema, instanceId: nameSchema }
/** Milliseconds since the epoch, by the sender's clock. */
const clockSchema = z.number().min(0).max(8.64e15)
const ratioSchema = z.number().min(0).max(1)
const millisecondsSchema = z.number().min(0)

export const deliverySchema = z.object({ version: versionSchema, values: knobValuesSchema })
/** A configuration on its way to an instance. */
export type Delivery = z.infer<typeof deliverySchema>

export const configurationInForceSchema = deliverySchema
/** The configuration in force in an instance. */
export type ConfigurationInForce = z.infer<typeof configurationInForceSchema>

export const announcementSchema = z.object({
  ...instance,
  kind: nameSchema,
  transport: z.enum(['nats', 'http']),
  url: z.url().optional(),
  processId: z.int().optional(),
  runtime: z.string().optional(),
  knobs: z.array(knobSchema).max(500),
  /** Metrics of its own that it will report with its executions. */
  metrics: z.array(metricDeclarationSchema).max(100).default([]),
  sentAt: clockSchema,
})
export type Announcement = z.infer<typeof announcementSchema>
/** The answer to an announcement or a request for the configuration is a `Delivery`. */

export const heartbeatSchema = z.object({ ...instance, ...deliverySchema.shape, sentAt: clockSchema })
export type Heartbeat = z.infer<typeof heartbeatSchema>
/** If `assignedVersion` is not the version in force, request the configuration and apply it. If `known` is false, announce again. */
export const heartbeatResponseSchema = z.object({ known: z.boolean(), assignedVersion: versionSchema.nullable() })
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>

export const configurationRequestSchema = z.object(instance)

export const acknowledgementSchema = z.object({
  ...instance,
  version: versionSchema,
  status: z.enum(['applied', 'refused']),
  reason: z.string().optional(),
  /** The configuration now in force, whether or not it is this version. */
  inForce: configurationInForceSchema,
})
export type Acknowledgement = z.infer<typeof acknowledgementSchema>

/** Metric name → value; which names and values are possible depends on the declared metrics. */
const metricValuesSchema = z
  .record(metricNameSchema, z.number())
  .refine((values) => Object.keys(values).length <= 50, 'at most 50 metrics')

export const executionSchema = z.object({
  id: z.uuid(),
  /** When it finished. */
  at: clockSchema,
  type: z.string().min(1),
  durationMs: millisecondsSchema,
  success: z.boolean(),
  error: z.string().optional(),
  /** The configuration version in force when it started. */
  version: versionSchema,
  metrics: metricValuesSchema.optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  output: z.record(z.string(), z.unknown()).optional(),
})
/** Metrics of an execution that are known only later, such as the judgement of a person or of another model. */
export const scoreSchema = z.object({
  executionId: z.uuid(),
  at: clockSchema,
  metrics: metricValuesSchema.refine((values) => Object.keys(values).length > 0, 'give at least one metric'),
})
export const decisionSchema = z.object({
  id: z.string().min(1).max(100),
  at: clockSchema,
  type: z.string().min(1),
  context: z.record(z.string(), z.unknown()).default({}),
  reasoning: z.record(z.string(), z.unknown()).default({}),
  outcome: z.record(z.string(), z.unknown()).default({}),
  agentState: z.record(z.string(), z.unknown()).default({}),
  system: z.record(z.string(), z.unknown()).default({}),
  feedback: z.record(z.string(), z.unknown()).default({}),
})
export const messageSchema = z.object({
  id: z.uuid(),
  at: clockSchema,
  to: nameSchema,
  type: z.string().min(1),
  latencyMs: millisecondsSchema.optional(),
  delivered: z.boolean(),
  /** Whether the other side agreed, if the message was a negotiation. */
  agreed: z.boolean().optional(),
  conflictResolutionMs: millisecondsSchema.optional(),
  version: versionSchema,
})
export const agentStateSchema = z.object({
  at: clockSchema,
  reputation: ratioSchema.optional(),
  autonomy: ratioSchema.optional(),
  goalProgress: z
    .object({ primary: ratioSchema, secondary: ratioSchema, tactical: ratioSchema, overall: ratioSchema })
    .partial()
    .optional(),
  isRunning: z.boolean().optional(),
  lastExecutionAt: clockSchema.optional(),
  cycleCount: z.int().min(0).optional(),
})
export const selfReportSchema = z.object({
  at: clockSchema,
  sourcesQueried: z.int().min(0).optional(),
  signalsGenerated: z.int().min(0).optional(),
  avgConfidence: ratioSchema.optional(),
  successRate: ratioSchema.optional(),
  avgResponseTime: millisecondsSchema.optional(),
  apiCallsUsed: z.int().min(0).optional(),
  cacheHitRate: ratioSchema.optional(),
})
export type Execution = z.infer<typeof executionSchema>
export type Score = z.infer<typeof scoreSchema>
export type Decision = z.input<typeof decisionSchema>
export type Message = z.infer<typeof messageSchema>
export type AgentState = z.infer<typeof agentStateSchema>
export type SelfReport = z.infer<typeof selfReportSchema>

/** Entries are validated one by one, so that a malformed one does not affect the others. */
export const reportBatchSchema = z.object({
  ...instance,
  batchId: z.uuid(),
  sentAt: clockSchema,
  executions: z.array(z.unknown()).max(5000).default([]),
  decisions: z.array(z.unknown()).max(5000).default([]),
  messages: z.array(z.unknown()).max(5000).default([]),
  states: z.array(z.unknown()).max(5000).default([]),
  selfReports: z.array(z.unknown()).max(5000).default([]),
  scores: z.array(z.unknown()).max(5000).default([]),
})
export type ReportBatch = z.infer<typeof reportBatchSchema>
export const reportResponseSchema = z.object({
  accepted: z.int(),
  rejected: z.array(z.object({ list: z.string(), index: z.int(), reason: z.string() })),
})
export type ReportResponse = z.infer<typeof reportResponseSchema>

/** An error in response to any request. */
export const errorResponseSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** A cycle's report to the strategic orchestrator (B10, B13). */
export const cycleReportSchema = z.object({
  cycleId: z.string(),
  results: z.array(
    z.object({
      agentId: nameSchema,
      type: z.string(),
      verdict: z.enum(['keep', 'roll-back', 'undecided']),
      success: z.boolean(),
      actualImprovement: z.number().nullable(),
    }),
  ),
  recommendations: z.array(z.string()),
})
export type CycleReport = z.infer<typeof cycleReportSchema>
/** New autonomy levels by agent, and the optimizer's new reputation. */
export const cycleReportResponseSchema = z.object({
  autonomy: z.record(nameSchema, ratioSchema),
  optimizerReputation: ratioSchema,
})
export type CycleReportResponse = z.infer<typeof cycleReportResponseSchema>
