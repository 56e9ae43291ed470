/** The agent protocol: the same messages over NATS and HTTP. These schemas are its single source. */
import { z } from 'zod'
import { jsonObjectSchema } from '../model/json.ts'
import { knobsSchema, knobValuesSchema, versionSchema } from '../model/knob.ts'
import { metricDeclarationSchema, metricNameSchema } from '../model/metric.ts'
import { nameSchema, safeRecordSchema } from '../model/name.ts'
import { countSchema, durationSchema, ratioSchema } from '../model/quantity.ts'
import { labelSchema, recordedTextSchema, textSchema } from '../model/text.ts'

const instance = { agentId: nameSchema, instanceId: nameSchema }
/** Milliseconds since the epoch, by the sender's clock. */
const clockSchema = z.number().min(0).max(8.64e15)

const delivery = { version: versionSchema, values: knobValuesSchema }
/** Requests have no unknown fields: a field that is ignored would be missed too late. Answers may have some, of later versions. */
export const deliverySchema = z.object(delivery)
/** A configuration on its way to an instance. */
export type Delivery = z.infer<typeof deliverySchema>

export const configurationInForceSchema = deliverySchema
/** The configuration in force in an instance. */
export type ConfigurationInForce = z.infer<typeof configurationInForceSchema>

export const announcementSchema = z.strictObject({
  ...instance,
  kind: nameSchema,
  transport: z.enum(['nats', 'http']),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  processId: z.int().min(0).optional(),
  /** When its process began: tells a restart from an announcement after a lost connection. */
  startedAt: clockSchema.optional(),
  /** Whether it restarts when the answer to a heartbeat asks it to. */
  canRestart: z.boolean().optional(),
  runtime: labelSchema.optional(),
  knobs: knobsSchema,
  /** The metrics it declares and will report with its executions. */
  metrics: z.array(metricDeclarationSchema).max(100).default([]),
  sentAt: clockSchema,
})
export type Announcement = z.infer<typeof announcementSchema>
/** The answer to an announcement or a request for the configuration is a `Delivery`. */

/** An execution that has not finished. */
export const executionInFlightSchema = z.strictObject({
  /** That of the execution when it is reported. */
  id: z.uuid(),
  type: labelSchema,
  /** The configuration version in force when it started. */
  version: versionSchema,
  runningMs: durationSchema,
})
export type ExecutionInFlight = z.infer<typeof executionInFlightSchema>
export const maxInFlight = 100

export const heartbeatSchema = z.strictObject({
  ...instance,
  ...delivery,
  sentAt: clockSchema,
  /** Executions that have run for a second or more, the oldest first. */
  inFlight: z.array(executionInFlightSchema).max(maxInFlight).optional(),
})
export type Heartbeat = z.infer<typeof heartbeatSchema>
/**
 * If `assignedVersion` is not the version in force, or `drifted` says that the values are not those of the version, request the
 * configuration and apply it. If `known` is false, announce again. If `restart` is true, restart with the assigned version.
 */
export const heartbeatResponseSchema = z.object({
  known: z.boolean(),
  assignedVersion: versionSchema.nullable(),
  drifted: z.boolean().default(false),
  /** It is this instance's turn to restart, because the assigned version has knobs that take effect only then. */
  restart: z.boolean().default(false),
})
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>

/** The resources that the process of an instance used since its previous reading. Values that only later versions know are omitted. */
export const processReadingSchema = z.object({
  /** Share of one core; above 100 with several threads. */
  cpuPercent: z.number().min(0).max(1e6),
  /** Cores that it may use. */
  cpuCores: z.number().positive().max(1e6).optional(),
  memoryMb: z.number().min(0).max(1e9),
  /** The memory limit of its container. */
  memoryLimitMb: z.number().positive().max(1e9).optional(),
  /** Share of the memory limit of its container. */
  memoryPercent: z.number().min(0).max(1e6).optional(),
  /** The 99th percentile of how late timers ran. */
  eventLoopDelayMs: durationSchema.optional(),
  ioBytesPerSecond: z.number().min(0).max(1e15).optional(),
  /** Share of the periods of the CPU limit of its container in which it had to wait. */
  cpuThrottledPercent: z.number().min(0).max(100).optional(),
  /** Received and sent in the network of its container. */
  networkBytesPerSecond: z.number().min(0).max(1e15).optional(),
})
const maxFigures = 100
export const resourcesSchema = z.strictObject({
  ...instance,
  /** Figures that are not known are rejected one by one, so that the others of a later version count. */
  reading: processReadingSchema
    .loose()
    .refine((reading) => Object.keys(reading).length <= maxFigures, `send at most ${maxFigures} metrics`),
})
export type Resources = z.infer<typeof resourcesSchema>
export const resourcesResponseSchema = z.object({
  /** When the next reading is wanted. */
  intervalSeconds: z.number().min(1),
  /** Figures that were not stored. */
  rejected: z.array(z.object({ metric: z.string(), reason: z.string() })).optional(),
})

/** An instance that stops. The optimizer no longer waits for it; if it returns, it announces itself or sends a heartbeat. */
export const departureSchema = z.strictObject(instance)
export type Departure = z.infer<typeof departureSchema>

export const configurationRequestSchema = z.strictObject(instance)

const acknowledgement = {
  ...instance,
  version: versionSchema,
  status: z.enum(['applied', 'refused']),
  reason: textSchema.optional(),
  /** The configuration now in force, whether or not it is this version. */
  inForce: z.strictObject(delivery),
}
export const acknowledgementSchema = z.strictObject(acknowledgement)
export type Acknowledgement = z.infer<typeof acknowledgementSchema>
/** The same as an instance's answer to a delivery. */
export const deliveryResponseSchema = z.object({ ...acknowledgement, inForce: configurationInForceSchema })

/** Metric name → value; which names and values are possible depends on the declared metrics. */
const metricValuesSchema = safeRecordSchema(metricNameSchema, z.number()).refine(
  (values) => Object.keys(values).length <= 50,
  'at most 50 metrics',
)

export const executionSchema = z.strictObject({
  id: z.uuid(),
  /** When it finished. */
  at: clockSchema,
  type: labelSchema,
  durationMs: durationSchema,
  success: z.boolean(),
  error: recordedTextSchema.optional(),
  /** The configuration version in force when it started. */
  version: versionSchema,
  metrics: metricValuesSchema.optional(),
  input: jsonObjectSchema.optional(),
  output: jsonObjectSchema.optional(),
})
/** Metrics of an execution that are known only later, such as the judgement of a person or of another model. */
export const scoreSchema = z.strictObject({
  executionId: z.uuid(),
  at: clockSchema,
  metrics: metricValuesSchema.refine((values) => Object.keys(values).length > 0, 'send at least one metric'),
})
export const decisionSchema = z.strictObject({
  id: labelSchema.max(100),
  at: clockSchema,
  type: labelSchema,
  context: jsonObjectSchema.default({}),
  reasoning: jsonObjectSchema.default({}),
  outcome: jsonObjectSchema.default({}),
  agentState: jsonObjectSchema.default({}),
  system: jsonObjectSchema.default({}),
  feedback: jsonObjectSchema.default({}),
})
export const messageSchema = z.strictObject({
  id: z.uuid(),
  at: clockSchema,
  to: nameSchema,
  type: labelSchema,
  latencyMs: durationSchema.optional(),
  delivered: z.boolean(),
  /** Whether the other side agreed, if the message was a negotiation. */
  agreed: z.boolean().optional(),
  conflictResolutionMs: durationSchema.optional(),
  version: versionSchema,
})
export const agentStateSchema = z.strictObject({
  at: clockSchema,
  reputation: ratioSchema.optional(),
  autonomy: ratioSchema.optional(),
  goalProgress: z
    .strictObject({ primary: ratioSchema, secondary: ratioSchema, tactical: ratioSchema, overall: ratioSchema })
    .partial()
    .optional(),
  isRunning: z.boolean().optional(),
  lastExecutionAt: clockSchema.optional(),
  cycleCount: countSchema.optional(),
})
export const selfReportSchema = z.strictObject({
  at: clockSchema,
  decisionCount: countSchema.optional(),
  sourcesQueried: countSchema.optional(),
  signalsGenerated: countSchema.optional(),
  avgConfidence: ratioSchema.optional(),
  successRate: ratioSchema.optional(),
  avgResponseTime: durationSchema.optional(),
  apiCallsUsed: countSchema.optional(),
  cacheHitRate: ratioSchema.optional(),
  /** Mean time of each operation, by name. */
  operationTimes: safeRecordSchema(labelSchema.max(100), durationSchema)
    .refine((times) => Object.keys(times).length <= 50, 'at most 50 operations')
    .optional(),
})
export type Execution = z.infer<typeof executionSchema>
export type Score = z.infer<typeof scoreSchema>
export type Decision = z.input<typeof decisionSchema>
export type Message = z.infer<typeof messageSchema>
export type AgentState = z.infer<typeof agentStateSchema>
export type SelfReport = z.infer<typeof selfReportSchema>

/** Bytes of a request over HTTP. NATS has a limit of its own, by default 1 MiB. */
export const maxRequestBytes = 4 * 1024 * 1024
const longestList = 5_000
const longestBatch = 10_000

/** Entries are validated one by one, so that a malformed one does not affect the others. */
const entriesSchema = z
  .array(z.unknown())
  .max(longestList, `a batch may have at most ${longestList} entries in one list; send the others in another batch`)
  .default([])

export const reportBatchSchema = z
  .strictObject({
    ...instance,
    batchId: z.uuid(),
    sentAt: clockSchema,
    executions: entriesSchema,
    decisions: entriesSchema,
    messages: entriesSchema,
    states: entriesSchema,
    selfReports: entriesSchema,
    scores: entriesSchema,
  })
  .refine(
    ({ executions, decisions, messages, states, selfReports, scores }) =>
      [executions, decisions, messages, states, selfReports, scores].reduce((sum, list) => sum + list.length, 0) <= longestBatch,
    `a batch may have at most ${longestBatch} entries in all lists combined; send the others in another batch`,
  )
export type ReportBatch = z.infer<typeof reportBatchSchema>
export const reportResponseSchema = z.object({
  accepted: z.int(),
  rejected: z.array(z.object({ list: z.string(), index: z.int(), reason: z.string() })),
})
export type ReportResponse = z.infer<typeof reportResponseSchema>

/** An error in response to any request. */
export const errorResponseSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    requestId: z.string().optional().describe('For a request over HTTP: the id in its `x-request-id` header and in the log'),
  }),
})
