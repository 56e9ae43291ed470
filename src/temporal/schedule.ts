import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client'
import type { Config } from '../config/config.ts'
import type { WorkflowName } from '../contract/workflows.ts'
import { scheduleId } from '../model/cycle.ts'

const pausedAtStart = 'paused by npm start'

/**
 * Creates the Schedule (A4) if there is none. An existing one gets this version's action and the configured jitter, and keeps its
 * cadence and an operator's pause.
 */
export async function ensureSchedule(
  client: Client,
  config: Pick<Config, 'schedule' | 'taskQueue'>,
  paused: boolean,
): Promise<void> {
  const { minMinutes, jitterSeconds } = config.schedule
  try {
    const schedule = getCycleSchedule(client)
    await schedule.configure(toScheduled(config), jitterSeconds)
    const { state } = await schedule.describe()
    if (paused) await schedule.pause(pausedAtStart)
    else if (state.paused && state.note === pausedAtStart) await schedule.unpause('started')
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
    await client.schedule.create({
      scheduleId,
      spec: interval(minMinutes, jitterSeconds),
      state: paused ? { paused, note: pausedAtStart } : undefined,
      ...toScheduled(config),
    })
  }
}

/**
 * The action and policies of the Schedule. The workflow has no timeout: it would end a saga without its compensation. A cycle limits
 * itself: it starts no trial after its budget, and every activity of a trial has a timeout.
 */
function toScheduled({ taskQueue }: Pick<Config, 'taskQueue'>) {
  return {
    // A cycle missed during downtime need not be made up: the next one sees the current fleet.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'optimizationCycle' satisfies WorkflowName,
      workflowId: 'cycle',
      taskQueue,
      staticSummary: 'Optimization cycle of the whole fleet',
    },
  }
}

/** Controls the Schedule of the cycles. */
export function getCycleSchedule(client: Client) {
  const handle = client.schedule.getHandle(scheduleId)
  return {
    setInterval: async (minutes: number) => {
      await handle.update((current) => ({ ...current, spec: interval(minutes, (current.spec.jitter ?? 0) / 1_000) }))
    },
    configure: async (scheduled: ReturnType<typeof toScheduled>, jitterSeconds: number) => {
      await handle.update(({ spec, state }) => ({ spec: { ...spec, jitter: `${jitterSeconds}s` }, state, ...scheduled }))
    },
    /** Starts a cycle now, or once the running one has ended; several requests in the meantime share it. */
    trigger: () => handle.trigger(ScheduleOverlapPolicy.BUFFER_ONE),
    pause: (note: string) => handle.pause(note),
    unpause: (note: string) => handle.unpause(note),
    describe: () => handle.describe(),
  }
}

function interval(minutes: number, jitterSeconds: number) {
  return { intervals: [{ every: `${Math.round(minutes * 60)}s` as const }], jitter: `${jitterSeconds}s` as const }
}
