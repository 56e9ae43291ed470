import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client'
import type { WorkflowName } from '../contract/workflows.ts'
import { retentionScheduleId } from '../contract/workflows.ts'

/** Creates the Schedule that removes old data (D7) if there is none; an existing one gets this version's action and keeps a person's pause. */
export async function ensureRetentionSchedule(client: Client, taskQueue: string): Promise<void> {
  const scheduled = {
    spec: { intervals: [{ every: '1 hour' as const }], jitter: '1 minute' as const },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'retention' satisfies WorkflowName,
      workflowId: 'retention',
      taskQueue,
      staticSummary: 'Removal of expired data',
    },
  }
  try {
    await client.schedule.getHandle(retentionScheduleId).update(({ state }) => ({ ...scheduled, state }))
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
    await client.schedule.create({ scheduleId: retentionScheduleId, ...scheduled })
  }
}
