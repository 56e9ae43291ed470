import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { metricEffectSchema } from '../model/metric-effect.ts'
import { recordedTrialSchema } from '../model/records.ts'
import { successOutcomeSchema } from '../model/success-metric.ts'
import { armSchema } from '../model/trial.ts'
import { findResult } from '../store/results.ts'
import { listRunningChanges, type RunningChange } from '../store/running-changes.ts'
import { findTrial, listOpenTrials, listTrialSamples, type Trial } from '../store/trials.ts'
import type { ReadContext, StoredContext } from './context.ts'

export type { RunningChange }

export const trialSchema = recordedTrialSchema.extend({
  id: z.string().describe('The id of the trial, which is also the id of its strategy'),
  agentId: z.string(),
  workflowId: z.string().describe('The workflow that runs the trial: a cycle, or a workflow of its own'),
})

export const trialObservationSchema = z.object({
  executionId: z.string(),
  arm: armSchema,
  instanceId: z.string(),
  timestamp: z.date(),
  value: z.number().describe('The value of the metric: milliseconds for times, 0 or 1 for proportions'),
  success: z.boolean(),
  metrics: z
    .record(z.string(), z.number())
    .nullable()
    .describe('The metrics that the execution reported; null if there are none'),
})

export const trialViewSchema = trialSchema.extend({
  effects: z
    .array(metricEffectSchema)
    .nullable()
    .describe('Gains and costs in each metric, the target first; null until the trial is concluded'),
  successMetrics: z
    .array(successOutcomeSchema)
    .nullable()
    .describe('Which success criteria were met; null until the trial is concluded'),
  observations: z.array(trialObservationSchema).describe('The observations behind the verdict; empty until the trial has ended'),
})
export type TrialView = z.infer<typeof trialViewSchema>

/** The trials that have not ended, oldest first. */
export async function readRunningTrials({ db }: StoredContext): Promise<Trial[]> {
  return await listOpenTrials(db)
}

/** The same with the change of each; of all agents or of one. */
export async function readRunningChanges({ db }: Pick<ReadContext, 'db'>, agentId?: string): Promise<RunningChange[]> {
  return await listRunningChanges(db, agentId === undefined ? undefined : [agentId])
}

/** One trial with its observations. @throws OptimizerError `unknown-trial` */
export async function readTrial({ db }: StoredContext, id: string): Promise<TrialView> {
  const [trial, observations, result] = await Promise.all([findTrial(db, id), listTrialSamples(db, id), findResult(db, id)])
  const { effects = null, successMetrics = null } = result ?? {}
  if (trial) return { ...trial, effects, successMetrics, observations }
  throw new OptimizerError('unknown-trial', `There is no trial ${id}; /api/results lists the trials that ended.`)
}
