import { z } from 'zod'
import { type ChangeUnit, changeUnitSchema, getChangeUnit, getRecordedMetric, metricNameSchema } from './metric.ts'
import { metricEffectSchema } from './metric-effect.ts'
import { type StrategyType, strategySchema, strategyTypeSchema } from './strategy.ts'
import { successOutcomeSchema } from './success-metric.ts'
import { intervalSchema, sampleCountsSchema, trialDesignSchema, type Verdict, verdictSchema } from './trial.ts'

/** Measured figures of one arm. */
export const measuredMetricsSchema = z.object({
  samples: z.int(),
  responseTimeP50: z.number().nullable().describe('Median, milliseconds'),
  responseTimeMean: z.number().nullable().describe('Milliseconds'),
  successRate: z.number().nullable().describe('Ratio 0–1'),
  coordinationScore: z.number().nullable().describe('Coordination score, 0–1'),
  reported: z
    .record(z.string(), z.object({ mean: z.number(), standardError: z.number(), samples: z.int() }))
    .optional()
    .describe('Metrics that executions reported, by name'),
  further: z
    .record(
      z.string(),
      z.object({
        value: z.number(),
        standardError: z.number(),
        samples: z.int(),
        interval: intervalSchema
          .nullable()
          .optional()
          .describe('95% limits of a quantile or variance; null if there are too few samples for any'),
      }),
    )
    .optional()
    .describe('Other metrics by name: quantiles and variance of the response time, throughput, errors, messages'),
})
export type MeasuredMetrics = z.infer<typeof measuredMetricsSchema>

export const armMetricsSchema = z.object({
  before: measuredMetricsSchema.describe('Metrics of the control'),
  after: measuredMetricsSchema.describe('Metrics of the candidates'),
  stopped: z
    .array(metricNameSchema)
    .optional()
    .describe('Metrics that were measured before the trial, but in neither arm since; absent if there are none'),
})
export type ArmMetrics = z.infer<typeof armMetricsSchema>

/** The improvement that a strategy predicted, with the interval that contains 80% of measured improvements. */
export const predictedImprovementSchema = z.object({
  improvement: z.number(),
  interval: intervalSchema,
  held: z.boolean().nullable().describe('Whether the measured improvement is within the interval; null if nothing was measured'),
})
export type PredictedImprovement = z.infer<typeof predictedImprovementSchema>

/** Why and when a kept change was undone. */
export const undoRecordSchema = z.object({
  at: z.string().describe('When the change was undone, ISO 8601'),
  reason: z.string(),
  harmful: z
    .boolean()
    .describe('True if a later measurement or a person found that the change did harm; otherwise, undoing it proves nothing'),
})
export type UndoRecord = z.infer<typeof undoRecordSchema>

/** The present standing of a change that was tried. */
export const changeStandingSchema = z.enum(['in-force', 'superseded', 'overridden', 'forgotten', 'restored'])
export type ChangeStanding = z.infer<typeof changeStandingSchema>

/** The result of one strategy (B9). */
export const optimizationResultSchema = z.object({
  strategy: strategySchema,
  executionTime: z.number().describe('Milliseconds from the start of the trial to its end'),
  success: z.boolean().describe('True only if the change was proven and kept'),
  actualImprovement: z
    .number()
    .nullable()
    .describe('The measured improvement: percent for times, points for rates and scores; null if nothing could be measured'),
  interval: intervalSchema.nullable(),
  promised: predictedImprovementSchema
    .nullable()
    .describe('The expected improvement, to compare with the measured one; null if a person requested the trial'),
  verdict: verdictSchema.describe('How the trial ended; never changed later. `standing` says what is in force now'),
  judged: z.boolean().describe('Whether the verdict is evidence: the judge gave it, or a person called the change harmful'),
  endedBy: z
    .enum(['judge', 'person', 'agent', 'limits', 'failure'])
    .optional()
    .describe("Who or what ended the trial; `agent` refused the change or did not start with it; `limits` are the operator's"),
  keptBy: z.string().optional().describe('The person who kept the change although it was not proven'),
  rolledBackBy: z.string().optional().describe('The person who ended the trial by rolling it back, if known'),
  undone: undoRecordSchema.optional().describe('Present if the change was kept and undone later'),
  design: trialDesignSchema.describe('How the arms were compared; `before-after` is the weaker design'),
  samples: sampleCountsSchema,
  metrics: armMetricsSchema,
  effects: z.array(metricEffectSchema).optional().describe('Gains and costs in each metric, the target first'),
  successMetrics: z
    .array(successOutcomeSchema)
    .optional()
    .describe('The success criteria of the strategy, and whether they were met'),
  reason: z.string().describe('Why the trial ended as it did, in plain English'),
  issues: z.array(z.string()),
  timestamp: z.string().describe('ISO 8601'),
})
export type OptimizationResult = z.infer<typeof optimizationResultSchema>

/** A result with the present standing of its change. */
export const standingResultSchema = optimizationResultSchema.extend({
  standing: changeStandingSchema.describe(
    'Its current standing: `in-force`; `superseded` if a later kept change builds on it; `overridden` if a person has set other values since; `forgotten` if its agent was forgotten; `restored` if it was rolled back, at its end or later',
  ),
})
export type StandingResult = z.infer<typeof standingResultSchema>

/** The parts of a result that summaries of many results need. */
export type ResultDigest = Pick<
  OptimizationResult,
  'verdict' | 'success' | 'judged' | 'endedBy' | 'keptBy' | 'undone' | 'actualImprovement' | 'promised'
> & {
  type: StrategyType
  agentId: string
  /** Of its improvement. */
  unit: ChangeUnit
}

export const toResultDigest = ({ strategy, ...result }: OptimizationResult): ResultDigest => ({
  ...result,
  type: strategy.type,
  agentId: strategy.agentId,
  unit: getChangeUnit(getRecordedMetric(strategy, strategy.targetMetric).kind),
})

/** A digest with whose result it is. */
export type RecordedResultDigest = ResultDigest & Pick<OptimizationResult, 'executionTime' | 'timestamp'> & { trialId: string }

export const toRecordedResultDigest = (result: OptimizationResult): RecordedResultDigest => ({
  ...toResultDigest(result),
  trialId: result.strategy.id,
  executionTime: result.executionTime,
  timestamp: result.timestamp,
})

/** The verdict that counts as evidence: a kept change that turned out to be harmful counts as rolled back. */
export const getEffectiveVerdict = ({ verdict, undone }: Pick<OptimizationResult, 'verdict' | 'undone'>): Verdict =>
  undone?.harmful ? 'roll-back' : verdict

/** All results together (B9). Improvements count proven ones only. */
export const impactSummarySchema = z.object({
  totalOptimizations: z.int(),
  successfulOptimizations: z.int().describe('Proven and kept, whether or not a person has undone them since'),
  successRate: z.number().describe('Ratio 0–1'),
  overallImprovement: z.number().describe('Mean over the proven results'),
  improvementUnit: changeUnitSchema
    .nullable()
    .optional()
    .describe('Unit of that mean; null if some results are in percent and others in points. Missing in old records'),
  categoryImprovements: z.record(strategyTypeSchema, z.number()),
  timestamp: z.string().describe('ISO 8601'),
})
export type ImpactSummary = z.infer<typeof impactSummarySchema>

/** The present standing of a change that was kept, as the end of a sentence. */
export const standingPhrases: Record<ChangeStanding, string> = {
  'in-force': 'is in force',
  superseded: 'was extended by a later change',
  overridden: 'was later overridden',
  forgotten: 'lapsed when its agent was forgotten',
  restored: 'was rolled back later',
}

/** Why a change was undone, after words that say that it was; empty if nothing more is known. */
export const describeUndo = ({ reason }: Pick<UndoRecord, 'reason'>): string =>
  reason.replace(/^it was kept at first and rolled back later(: )?/, '')

/** "keep, is in force", "keep, was rolled back later", "undecided, but kept by ada, is in force", "roll-back" */
export function describeOutcome({ verdict, success, keptBy, standing }: StandingResult): string {
  if (!success && !keptBy) return verdict
  return `${verdict}${keptBy ? `, but kept by ${keptBy}` : ''}, ${standingPhrases[standing]}`
}
