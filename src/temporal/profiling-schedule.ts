import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client'
import type { WorkflowName } from '../contract/workflows.ts'
import type { EngineSettings } from '../model/engine-settings.ts'
import type { ProfileRequest } from '../model/performance-profile.ts'
import { parseProfilingSchedule } from '../model/profiling-schedule.ts'

export const profilingScheduleId = 'profiling'

const request: ProfileRequest = {
  subject: { of: 'everything', kind: 'cpu', seconds: 10 },
  by: 'profiling_schedule',
  reason: 'the configured schedule',
  trigger: 'schedule',
}

/** Makes the Schedule of the profiles as configured: creates, changes or deletes it. An operator's pause stays. */
export async function ensureProfilingSchedule(
  client: Client,
  profiling_schedule: EngineSettings['profiling_schedule'],
  taskQueue: string,
): Promise<void> {
  const handle = client.schedule.getHandle(profilingScheduleId)
  if (profiling_schedule === null) return await handle.delete().catch(ignoreMissing)
  const { cron, timeZone } = parseProfilingSchedule(profiling_schedule)
  const scheduled = {
    spec: { cronExpressions: [cron], timezone: timeZone },
    // Making up for a missed profile would be pointless.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'profile' satisfies WorkflowName,
      workflowId: 'profile-everything-cpu',
      taskQueue,
      args: [request],
      staticSummary: 'Profiles of all agents, the worker and the workflows',
    },
  }
  try {
    await handle.update(({ state }) => ({ state, ...scheduled }))
  } catch (error) {
    ignoreMissing(error)
    await client.schedule.create({ scheduleId: profilingScheduleId, ...scheduled })
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError)) throw error
}
