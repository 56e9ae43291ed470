import { z } from 'zod'
import { type AgentInsight, buildLearningReport } from '../analysis/reporting/insights/index.ts'
import { changeUnitSchema, getMetric, type MetricCatalogue, metricNameSchema, recordedMetricSchema } from '../model/metric.ts'
import { strategyTypeSchema } from '../model/strategy.ts'
import { intervalSchema } from '../model/trial.ts'
import { listAgentsWithConfiguration } from '../store/agents.ts'
import { loadKnobsByAgent } from '../store/declarations.ts'
import { countExperience, loadExperience, maxRememberedTrials } from '../store/experience.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { listResultDigests } from '../store/results.ts'
import type { StoredContext } from './context.ts'
import { shownMetricSchema, toDisplayedMetric } from './fleet.ts'
import { listExtentSchema } from './list-extent.ts'

const documentedSchema = z.tuple([z.number(), z.number()]).readonly().describe('Low and high end of the range, 0–1')

const successSchema = z.object({
  type: strategyTypeSchema,
  trials: z.int(),
  proven: z.int(),
  rolledBack: z.int(),
  undecided: z.int(),
  successRate: z.number().describe('Share of proven trials, 0–1'),
  documented: documentedSchema.nullable().describe('Typical success rate of the type; null if there is none'),
  improvement: z.number().nullable().describe('Mean improvement of the proven trials; null if none is proven'),
  unit: changeUnitSchema.nullable().describe('Unit of `improvement`; null if some are in percent and others in points'),
})

export const predictionCalibrationSchema = z.object({
  type: strategyTypeSchema.describe('`all` for all types together'),
  trials: z.int().describe('Number of trials that measured something'),
  predicted: z.number().describe('Mean predicted improvement'),
  measured: z.number().describe('Mean measured improvement'),
  unit: changeUnitSchema.nullable().describe('Unit of both means; null if some are in percent and others in points'),
  within: z.int().describe('Number of trials whose measured improvement is within the predicted 80% interval'),
})

export const knobImportanceSchema = z.object({
  knob: z.string(),
  trials: z
    .object({ own: z.int(), ofKind: z.int() })
    .describe('Number of trials that turned the knob, on this agent and on others of its kind'),
  effect: z.number().describe('Improvement from raising the knob across its whole range: percent or points'),
  interval: intervalSchema.describe('80% interval of the effect'),
  certainty: z.number().describe('Probability that the effect has this direction, 0.5 to 1'),
  coefficient: z
    .object({ mean: z.number(), standardDeviation: z.number() })
    .describe('The effect on the scale of the model, for further calculations'),
})

export const worthTryingSchema = z.object({
  knob: z.string(),
  metric: metricNameSchema,
  direction: z.enum(['up', 'down']).nullable().describe('The direction that helps; null if unknown'),
  gain: z
    .number()
    .nullable()
    .describe('The most likely improvement at the end of the range of the knob, percent or points; null if unknown'),
  trials: z.int().describe('Number of trials on agents of this kind that changed the knob, whichever metric they targeted'),
  why: z.string(),
})

export const agentInsightSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  importance: z.record(metricNameSchema, z.array(knobImportanceSchema)).describe('By metric, most important first'),
  worthTrying: z.array(worthTryingSchema),
})

export const learningReportSchema = z.object({
  successes: z.array(successSchema),
  overall: z.object({
    trials: z.int(),
    proven: z.int(),
    successRate: z.number().nullable().describe('Share of proven trials, 0–1; null if there are no trials'),
    documented: documentedSchema,
    kept: z.int().describe('Changes that the judge kept'),
    held: z.int().describe('Kept changes that have done no harm since, as far as later measurements show'),
  }),
  predictions: z.array(predictionCalibrationSchema),
  agents: z.array(agentInsightSchema),
  declared: z.array(recordedMetricSchema).describe('Every metric that is not built in'),
  unusable: z
    .array(z.object({ agentId: z.string(), reason: z.string() }))
    .describe('Agents that are missing from `agents` because their data cannot be processed'),
  listed: z.object({ trials: listExtentSchema }).describe('How many of the recent trials are used for `agents`'),
  metrics: z.array(shownMetricSchema).describe('The metrics that `agents` name'),
})
export type LearningView = z.infer<typeof learningReportSchema>

/** The lessons of all recorded trials. */
export async function readLearning({ db, config }: StoredContext): Promise<LearningView> {
  const [results, experience, recent, knobs, agents, catalogue] = await Promise.all([
    listResultDigests(db),
    loadExperience(db),
    countExperience(db),
    loadKnobsByAgent(db),
    listAgentsWithConfiguration(db),
    loadCatalogue(db, config.metrics),
  ])
  const report = buildLearningReport({
    results,
    experience,
    listed: { trials: { shown: Math.min(recent, maxRememberedTrials), total: recent } },
    agents: agents.map(({ agentId, kind, values }) => ({ agentId, kind, knobs: knobs[agentId] ?? [], current: values })),
    catalogue,
  })
  return { ...report, metrics: listInsightMetrics(report.agents, catalogue) }
}

/** The metrics that the lessons about agents name. */
export function listInsightMetrics(agents: readonly AgentInsight[], catalogue: MetricCatalogue) {
  const names = agents.flatMap(({ importance, worthTrying }) => [
    ...Object.keys(importance),
    ...worthTrying.map(({ metric }) => metric),
  ])
  return [...new Set(names)].map((name) => toDisplayedMetric(getMetric(catalogue, name)))
}
