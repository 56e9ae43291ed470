import { z } from 'zod'
import { severitySchema } from '../model/bottleneck.ts'
import { recommendationSchema } from '../model/capacity.ts'
import { countermeasuresSchema } from '../model/countermeasures.ts'
import { metricNameSchema, recordedMetricSchema } from '../model/metric.ts'
import { hotspotSchema, performanceProfileSchema } from '../model/performance-profile.ts'
import { cycleStateSchema } from '../model/records.ts'
import { changeStandingSchema, impactSummarySchema, standingResultSchema } from '../model/result.ts'
import { savingsSchema } from '../model/saving.ts'
import { strategyTypeSchema } from '../model/strategy.ts'
import { intervalSchema } from '../model/trial.ts'
import { judgedSeriesSchema } from './anomaly-coverage.ts'
import { predictionCalibrationSchema } from './learning.ts'
import { listExtentSchema } from './list-extent.ts'

/** Functions of a profile that a report shows. */
export const maxHotspots = 3

/** The report of a period or a cycle. */
export const periodReportSchema = z.object({
  from: z.date(),
  to: z.date(),
  cycleId: z.string().nullable().describe('The cycle it reports on; null for the report of a period'),
  agentId: z.string().nullable().describe('The only agent it reports on; null for all agents'),
  cycles: z.partialRecord(cycleStateSchema, z.int()).describe('Number of cycles that started, by state'),
  impact: impactSummarySchema,
  trials: z.object({
    ended: z.int(),
    kept: z.int().describe('Proven, or kept by a person'),
    rolledBack: z.int(),
    undecided: z.int(),
    totalMs: z.number().describe('Total duration, milliseconds'),
  }),
  gains: z
    .array(
      z.object({
        agentId: z.string(),
        metric: z.string(),
        label: z.string(),
        improvement: z
          .number()
          .describe('The improvement: percent for a quantity, points for a share; negative if the metric got worse'),
        interval: intervalSchema.nullable(),
        keptTrials: z.int(),
        effect: z.enum(['gained', 'lost', 'unclear']),
      }),
    )
    .describe('For each metric of each agent, the combined effect of the changes from this period that are still in force'),
  savings: savingsSchema.describe('The money saved by these changes, at the current rate'),
  undone: z
    .array(z.object({ trialId: z.string(), agentId: z.string(), standing: changeStandingSchema }))
    .describe('Changes that were kept and have been undone since'),
  bottlenecks: z.object({
    total: z.int(),
    stepMs: z.number().describe('Length of a step of `byTime`, milliseconds'),
    byTime: z
      .array(z.object({ at: z.date(), critical: z.int(), high: z.int(), medium: z.int(), low: z.int() }))
      .describe('Number of bottlenecks found, by severity; steps in which none was found are omitted'),
    recurring: z
      .array(
        z.object({
          component: z.string(),
          type: z.string(),
          metric: z.string().nullable(),
          worst: severitySchema,
          count: z.int().describe('Number of cycles that found the bottleneck'),
          firstAt: z.date(),
          lastAt: z.date(),
          description: z.string().describe('Description from the latest of these cycles'),
          done: countermeasuresSchema,
        }),
      )
      .describe('Worst first'),
  }),
  anomalies: z
    .array(
      z.object({
        component: z.string(),
        metric: metricNameSchema,
        severity: severitySchema,
        since: z.date(),
        endedAt: z.date().nullable().describe('The end of the anomaly; null while it is ongoing'),
        explanation: z.string().describe('What changed, when the change began and why, in words'),
        done: countermeasuresSchema,
      }),
    )
    .describe('Harmful anomalies in this period, newest first'),
  judgedSeries: judgedSeriesSchema.describe('What anomalies could be found in: where nothing was known, none is found'),
  profiles: z
    .array(
      performanceProfileSchema
        .pick({ id: true, target: true, instanceId: true, kind: true, takenAt: true, trigger: true })
        .extend({
          summary: z.string(),
          hotspots: z
            .array(hotspotSchema)
            .describe(`The ${maxHotspots} hotspots that use the most time themselves, without the functions they call`),
        }),
    )
    .describe('The latest profile of each target and kind from this period, newest first'),
  recommendations: z.array(recommendationSchema).describe('The current recommendations'),
  calibration: z.object({
    summary: z.array(predictionCalibrationSchema).describe('All types together, then each type'),
    trials: z.array(
      z.object({
        trialId: z.string(),
        type: strategyTypeSchema,
        predicted: z.number(),
        interval: intervalSchema.describe('80%'),
        measured: z.number(),
      }),
    ),
  }),
  results: z.array(standingResultSchema).describe('Newest first'),
  listed: z
    .object({
      results: listExtentSchema,
      undone: listExtentSchema,
      calibration: listExtentSchema,
      gains: listExtentSchema,
      anomalies: listExtentSchema,
      profiles: listExtentSchema,
    })
    .describe('How many entries of each list are shown, and out of how many; the sums cover all'),
  declared: z.array(recordedMetricSchema).describe('The metrics of `gains` that are not built in'),
})
export type PeriodReport = z.infer<typeof periodReportSchema>
