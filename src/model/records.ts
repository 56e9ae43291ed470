/** Records, exactly as the tables of the store hold them. */
import { z } from 'zod'
import { approvalStateSchema } from './approval.ts'
import { knobValuesSchema } from './knob.ts'
import { objectiveSchema } from './objective.ts'
import { originSchema } from './origin.ts'
import { reassessmentSchema } from './reassessment.ts'
import { armMetricsSchema, impactSummarySchema } from './result.ts'
import { blockSchema, judgementSchema, progressSchema, suspensionSchema, trialDesignSchema, trialStateSchema } from './trial.ts'

export const cycleStateSchema = z.enum(['running', 'completed', 'failed', 'cancelled'])
export type CycleState = z.infer<typeof cycleStateSchema>
/** Phase name with unit (`collectMs`) → milliseconds. */
export const cyclePhasesSchema = z.record(z.string(), z.number())
export type CyclePhases = z.infer<typeof cyclePhasesSchema>

/** A recorded cycle. */
export const recordedCycleSchema = z.object({
  target: z.string().nullable().describe('The only agent to optimize; null for the whole fleet'),
  dryRun: z.boolean(),
  state: cycleStateSchema,
  phases: cyclePhasesSchema.describe('Duration of each phase, milliseconds'),
  impact: impactSummarySchema.nullable(),
  skipped: z.array(z.string()).describe('Agents and bottlenecks for which no strategy was planned, and why'),
  reassessment: reassessmentSchema.nullable().describe('How the strategic orchestrator responded; null if it did not respond'),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
})
export type RecordedCycle = z.infer<typeof recordedCycleSchema>

/** A recorded trial. */
export const recordedTrialSchema = z.object({
  state: trialStateSchema,
  design: trialDesignSchema,
  baselineVersion: z.int(),
  candidateVersion: z.int(),
  restoredVersion: z.int().nullable(),
  candidateInstances: z.array(z.string()),
  controlInstances: z.array(z.string()),
  widenedInstances: z.array(z.string()).nullable(),
  startedAt: z.date(),
  observingAt: z.date().nullable(),
  widenedAt: z.date().nullable(),
  watchedUntil: z.date().nullable(),
  endedAt: z.date().nullable(),
  judgement: judgementSchema.nullable(),
  metrics: armMetricsSchema.nullable(),
  issues: z.array(z.string()),
  observeMs: z
    .number()
    .nullable()
    .describe('Longest observation of a trial outside a cycle, milliseconds; null for one within a cycle'),
  maxSamples: z
    .int()
    .nullable()
    .describe('Number of samples per arm at which a trial outside a cycle ends; null for one within a cycle'),
  suspensions: z
    .array(suspensionSchema)
    .describe('Periods in which its candidates ran with the previous values, because of a freeze window'),
  blocks: z
    .array(blockSchema)
    .describe('Periods in which a switchback trial ran as one arm or the other; empty for other designs'),
  progress: progressSchema.nullable().describe('What a trial outside a cycle still needs, as of its latest check'),
  poolId: z.string().nullable().describe('Shared by trials that are judged together; null for a trial that is judged alone'),
})
export type RecordedTrial = z.infer<typeof recordedTrialSchema>

/** A version of an agent's configuration. */
export const recordedVersionSchema = z.object({
  version: z.int(),
  values: knobValuesSchema,
  origin: originSchema,
  trialId: z.string().nullable(),
  reason: z.string(),
  createdAt: z.date(),
})
export type RecordedVersion = z.infer<typeof recordedVersionSchema>

/** A request for a person's approval, and its outcome. */
export const recordedApprovalSchema = z.object({
  state: approvalStateSchema,
  askedAt: z.date(),
  until: z.date(),
  decidedAt: z.date().nullable(),
  decidedBy: z.string().nullable(),
  reason: z.string().nullable(),
})
export type RecordedApproval = z.infer<typeof recordedApprovalSchema>

/** A change of one field of the policy. */
export const recordedPolicyChangeSchema = z.object({
  field: z.string(),
  oldValue: z.unknown(),
  newValue: z.unknown(),
  changedBy: z.string().describe('A person, or the component that decided'),
  reason: z.string(),
  changedAt: z.date(),
})
export type RecordedPolicyChange = z.infer<typeof recordedPolicyChangeSchema>

/** A change of an objective by command. */
export const recordedObjectiveChangeSchema = z.object({
  agent: z.string().nullable().describe('The agent that the objective is for; null if it is for a kind or the fleet'),
  kind: z.string().nullable().describe('The kind of agents that the objective is for; null if it is for an agent or the fleet'),
  objective: objectiveSchema.nullable().describe('The new objective; null if it was cleared'),
  changedBy: z.string(),
  reason: z.string(),
  changedAt: z.date(),
})
export type RecordedObjectiveChange = z.infer<typeof recordedObjectiveChangeSchema>
