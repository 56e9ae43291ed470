/** The dialogue with the strategic orchestrator. These schemas are its single source. */
import { z } from 'zod'
import { bottleneckSchema } from '../model/bottleneck.ts'
import { recommendationSchema } from '../model/capacity.ts'
import { commandRequestSchema } from '../model/commands.ts'
import { nameSchema } from '../model/name.ts'
import { systemProfileSchema } from '../model/profile.ts'
import { ratioSchema } from '../model/quantity.ts'
import { undoRecordSchema } from '../model/result.ts'
import { labelSchema, textSchema } from '../model/text.ts'

/** A command of the strategic orchestrator (B12). */
export const orchestratorCommandSchema = commandRequestSchema.extend({
  by: labelSchema.default('orchestrator'),
  reason: textSchema.default(''),
})
export type OrchestratorCommand = z.input<typeof orchestratorCommandSchema>

/** A cycle's report to the strategic orchestrator (B10, B13). */
export const cycleReportSchema = z.object({
  cycleId: z.string(),
  results: z
    .array(
      z.object({
        strategyId: z.string().optional().describe('Identifies the result, which is resent until the orchestrator responds'),
        cycleId: z.string().nullish().describe('The cycle that tried the change; null if the trial ran outside a cycle'),
        agentId: nameSchema,
        type: z.string(),
        verdict: z.enum(['keep', 'roll-back', 'undecided']),
        success: z.boolean().describe('Whether the change was proven and kept, when the trial ended'),
        actualImprovement: z.number().nullable(),
        at: z.string().optional().describe('When the trial ended, ISO 8601'),
        undone: undoRecordSchema
          .optional()
          .describe('Present if the change was kept and undone later; this corrects an earlier report of the result'),
      }),
    )
    .describe('Results of trials and undone changes that the orchestrator has not acknowledged yet; at most 500'),
  recommendations: z.array(z.string()).describe('The recommendations as sentences'),
  bottlenecks: z.array(bottleneckSchema).optional().describe('The bottlenecks that the cycle found, most urgent first'),
  allocations: z
    .array(recommendationSchema)
    .optional()
    .describe('The recommendations above, plus those for instances, CPU and memory, each with its evidence; at most 100'),
  efficiency: z
    .object({
      trials: z.int(),
      successful: z.int(),
      successRate: z.number(),
      overallImprovement: z.number().describe('Mean improvement of the proven changes'),
      resourceEfficiency: z
        .record(z.string(), z.number())
        .describe('Efficiency of each agent, 0–1; only the 1,000 least efficient agents'),
    })
    .optional()
    .describe('What the cycle achieved, and how well agents use their resources'),
  system: systemProfileSchema
    .optional()
    .describe('The efficiency of the whole system, as collected by the cycle; absent if it is unknown'),
})
export type CycleReport = z.infer<typeof cycleReportSchema>
/** New autonomy levels by agent, and the optimizer's new reputation. */
export const cycleReportResponseSchema = z.object({
  autonomy: z.record(nameSchema, ratioSchema),
  optimizerReputation: ratioSchema,
})
export type CycleReportResponse = z.infer<typeof cycleReportResponseSchema>
