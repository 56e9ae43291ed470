/** The signals of B12 about alerts, from the optimizer's own monitoring and from outside. */
import { z } from 'zod'
import { severitySchema } from './bottleneck.ts'
import { nameSchema } from './name.ts'
import { labelSchema, textSchema } from './text.ts'

/** Something is slow or fails, whatever it is. */
export const performanceAlertSchema = z.strictObject({ severity: severitySchema.default('high'), reason: textSchema.default('') })
export type PerformanceAlert = z.input<typeof performanceAlertSchema>

export const agentUnderperformanceSchema = z.strictObject({
  agent: nameSchema,
  severity: severitySchema.default('high'),
  reason: textSchema.default(''),
})
export type AgentUnderperformance = z.input<typeof agentUnderperformanceSchema>

/** A resource of a component is short, or no longer is. */
export const resourceConstraintWarningSchema = z.strictObject({
  resource: labelSchema,
  component: labelSchema.default('system'),
  isOver: z.boolean().default(false),
  reason: textSchema.default(''),
})
export type ResourceConstraintWarning = z.input<typeof resourceConstraintWarningSchema>

/** Metrics whose alerts are about a resource. */
export const resourceMetrics: ReadonlySet<string> = new Set([
  'cpuPercent',
  'memoryPercent',
  'heapPercent',
  'storagePercent',
  'networkBytesPerSecond',
  'ioBytesPerSecond',
])
