/** The signals of B12 about alerts, from the optimizer's own monitoring and from outside. */
import { z } from 'zod'
import { severitySchema } from './bottleneck.ts'
import { nameSchema } from './name.ts'
import { labelSchema, textSchema } from './text.ts'

/** Who sends it, and why. The optimizer's own monitoring sends it without a name. */
const note = { by: labelSchema.optional(), reason: textSchema.default('') }

/** Something is slow or fails. */
export const performanceAlertSchema = z.strictObject({ severity: severitySchema.default('high'), ...note })
export type PerformanceAlert = z.input<typeof performanceAlertSchema>

export const agentUnderperformanceSchema = z.strictObject({
  agent: nameSchema,
  severity: severitySchema.default('high'),
  ...note,
})
export type AgentUnderperformance = z.input<typeof agentUnderperformanceSchema>

/** A resource of a component is short, or no longer is. */
export const resourceConstraintWarningSchema = z.strictObject({
  resource: labelSchema,
  component: labelSchema.default('system'),
  isOver: z.boolean().default(false),
  ...note,
})
export type ResourceConstraintWarning = z.input<typeof resourceConstraintWarningSchema>

const named = { by: labelSchema }

/** One of these signals as a person or program from outside sends it. */
export const alertReportSchema = z.discriminatedUnion('type', [
  performanceAlertSchema
    .extend({ type: z.literal('performanceAlert'), ...named })
    .describe('Something is slow or failing: a cycle starts at once, and the next ones follow sooner'),
  agentUnderperformanceSchema
    .extend({ type: z.literal('agentUnderperformance'), ...named })
    .describe('An agent underperforms: a cycle starts for it alone'),
  resourceConstraintWarningSchema
    .extend({ type: z.literal('resourceConstraintWarning'), ...named })
    .describe('A resource is running short: changes that need less of it are preferred until a signal with `isOver`'),
])
export type AlertReport = z.output<typeof alertReportSchema>

/** "cpuPercent of host": what is short. */
export const formatShortageName = (resource: string, component: string): string => `${resource} of ${component}`

/** Metrics whose alerts are about a resource. */
export const resourceMetrics: ReadonlySet<string> = new Set([
  'cpuPercent',
  'memoryPercent',
  'heapPercent',
  'storagePercent',
  'networkBytesPerSecond',
  'ioBytesPerSecond',
  'cpuThrottledPercent',
])
