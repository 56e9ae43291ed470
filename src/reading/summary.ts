import { z } from 'zod'
import { severitySchema } from '../model/bottleneck.ts'
import { formatChanges } from '../model/format.ts'
import { policySchema } from '../model/policy.ts'
import { cycleStateSchema } from '../model/records.ts'
import { judgementSchema, trialStateSchema } from '../model/trial.ts'
import { listOpenAlerts } from '../store/alerts.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { listLatestCycles, listOpenCycles } from '../store/cycles.ts'
import { findPause } from '../store/pause.ts'
import { loadRecordedPolicy } from '../store/policy-changes.ts'
import { listRunningChanges } from '../store/running-changes.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import type { ReadContext } from './context.ts'
import { getShownTargetMetric, shownMetricSchema } from './fleet.ts'
import { policyViewSchema } from './policy.ts'
import { readFromTemporal } from './temporal.ts'

export const summarySchema = z.object({
  policy: policySchema,
  pause: policyViewSchema.shape.pause,
  trials: z.array(
    z.object({
      id: z.string(),
      agentId: z.string(),
      workflowId: z.string(),
      state: trialStateSchema,
      changes: z.string(),
      startedAt: z.date(),
      metric: shownMetricSchema.describe('The metric that the trial aims to improve'),
      judgement: judgementSchema.nullable(),
    }),
  ),
  approvals: z.int().describe('Open requests for approval'),
  alerts: z.object({ open: z.int(), unacknowledged: z.int(), worst: severitySchema.nullable() }),
  cycle: z
    .object({ id: z.string(), state: cycleStateSchema, startedAt: z.date() })
    .nullable()
    .describe('The running cycle, otherwise the latest one'),
  schedule: z
    .object({ nextCycleAt: z.date().nullable(), isPaused: z.boolean() })
    .nullable()
    .describe('The schedule of the cycles; null if Temporal is not responding'),
  temporalUi: z.string().nullable().describe('Address of the Temporal UI including the namespace; null if unknown'),
})
export type Summary = z.infer<typeof summarySchema>

/** A summary of the current activity: small whatever the size of the fleet. */
export async function readSummary(context: ReadContext): Promise<Summary> {
  const { db, config, temporal } = context
  const [policy, pause, running, approvals, alerts, [latest], [open], schedule] = await Promise.all([
    loadRecordedPolicy(db),
    findPause(db),
    listRunningChanges(db),
    listOpenApprovals(db),
    listOpenAlerts(db),
    listLatestCycles(db, 1),
    listOpenCycles(db),
    readFromTemporal(context, () => getCycleSchedule(temporal).describe()),
  ])
  const cycle = open ?? latest
  const unacknowledged = alerts.filter(({ acknowledgedAt }) => acknowledgedAt === null)
  return {
    policy,
    pause: pause ?? null,
    trials: running.map(({ id, agentId, workflowId, state, startedAt, judgement, strategy }) => ({
      id,
      agentId,
      workflowId,
      state,
      changes: formatChanges(strategy.actions),
      startedAt,
      metric: getShownTargetMetric(strategy),
      judgement,
    })),
    approvals: approvals.length,
    alerts: {
      open: alerts.length,
      unacknowledged: unacknowledged.length,
      worst: severitySchema.options.find((severity) => unacknowledged.some((alert) => alert.severity === severity)) ?? null,
    },
    cycle: cycle ? { id: cycle.id, state: cycle.state, startedAt: cycle.startedAt } : null,
    schedule: schedule ? { nextCycleAt: schedule.info.nextActionTimes[0] ?? null, isPaused: schedule.state.paused } : null,
    temporalUi: config.temporalUiUrl ? `${config.temporalUiUrl}/namespaces/${temporal.options.namespace}` : null,
  }
}
