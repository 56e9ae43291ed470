/** The messages that the optimizer publishes for any subscriber (D8). */
import { z } from 'zod'
import { alertCauseSchema } from '../model/alert.ts'
import { bottleneckSchema, severitySchema } from '../model/bottleneck.ts'
import { componentStatusSchema } from '../model/component.ts'
import { intervalSchema, judgementSchema, trialStateSchema, verdictSchema } from '../model/trial.ts'

const momentSchema = z.iso.datetime()

/** A reading of a component, on `performance.metrics`. */
export const componentMetricsSchema = z.object({
  component: z
    .string()
    .describe('A host, a process, an instance as `agent/instance`, or a component measured by another program'),
  kind: z.enum(['host', 'process', 'instance', 'other']),
  agentId: z.string().nullable(),
  at: momentSchema,
  intervalSeconds: z.number().describe('Seconds between two readings'),
  status: componentStatusSchema.optional().describe('Status of the component, if the program that measures it reports one'),
  metrics: z.record(z.string(), z.number()).describe('Values by the name of the metric'),
})
export type ComponentMetrics = z.infer<typeof componentMetricsSchema>

/** A bottleneck that a cycle found, on `performance.bottleneck_detected`. */
export const detectedBottleneckSchema = bottleneckSchema.extend({ cycleId: z.string() })
export type DetectedBottleneck = z.infer<typeof detectedBottleneckSchema>

/** A state of a trial, a look at it, or its result, on `performance.optimization_status`. */
export const optimizationStatusSchema = z.object({
  trialId: z.string(),
  agentId: z.string(),
  state: trialStateSchema.describe('`kept` and `restored` are final, unless a kept change is rolled back later'),
  at: momentSchema,
  issues: z.array(z.string()).describe('What went wrong so far'),
  judgement: judgementSchema.optional().describe('Present once the judge has evaluated the trial'),
  result: z
    .object({
      verdict: verdictSchema,
      success: z.boolean(),
      actualImprovement: z.number().nullable(),
      interval: intervalSchema.nullable(),
      reason: z.string(),
    })
    .optional()
    .describe('Present once the result of the trial is recorded'),
})
export type OptimizationStatus = z.infer<typeof optimizationStatusSchema>

/** An alert, on `performance.alert`. */
export const alertNoticeSchema = z.object({
  id: z.int(),
  state: z.enum([...severitySchema.options, 'resolved']),
  cause: alertCauseSchema,
  component: z.string(),
  metric: z.string().nullable(),
  subject: z.string().nullable(),
  agentId: z.string().nullable().optional().describe('The affected agent, if any'),
  host: z
    .string()
    .nullable()
    .optional()
    .describe('The host, if the alert is about a host or about an optimizer process on a host'),
  trialId: z.string().nullable().optional().describe('The related trial or request'),
  message: z.string(),
  raisedAt: momentSchema,
  resolvedAt: momentSchema.nullable(),
})

/** A message that could not be used, a profile that could not be taken, or messages that were lost, on `performance.errors`. */
export const errorReportSchema = z.object({
  subject: z.string().describe('The subject of the affected messages'),
  code: z.string(),
  message: z.string(),
  workflowId: z
    .string()
    .optional()
    .describe('The workflow that could not take a profile, as given in the response to its request'),
})
export type ErrorReport = z.infer<typeof errorReportSchema>
