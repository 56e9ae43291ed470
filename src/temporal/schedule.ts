import { type Client, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client'
import type { Config } from '../config.ts'
import { scheduleId } from '../model/cycle.ts'

const pausedAtStart = 'paused by npm start'

/** Creates the Schedule (A4) if there is none; an existing one gets the configured jitter, and keeps its cadence and an operator's pause. */
export async function ensureSchedule(
  client: Client,
  config: Pick<Config, 'schedule' | 'taskQueue'>,
  paused: boolean,
): Promise<void> {
  try {
    const schedule = getCycleSchedule(client)
    const { state, spec } = await schedule.describe()
    if (spec.jitter !== config.schedule.jitterSeconds * 1_000) await schedule.setJitter(config.schedule.jitterSeconds)
    if (paused) await schedule.pause(pausedAtStart)
    else if (state.paused && state.note === pausedAtStart) await schedule.unpause('started')
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
    await client.schedule.create({
      scheduleId,
      spec: interval(config.schedule.minMinutes, config.schedule.jitterSeconds),
      // A cycle missed during downtime need not be made up for: the next one sees the current fleet.
      state: paused ? { paused, note: pausedAtStart } : undefined,
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'optimizationCycle',
        workflowId: 'cycle',
        taskQueue: config.taskQueue,
        staticSummary: 'Optimization cycle of the whole fleet',
        workflowExecutionTimeout: '30 minutes',
      },
    })
  }
}

/** Controls the Schedule of the cycles. */
export function getCycleSchedule(client: Client) {
  const handle = client.schedule.getHandle(scheduleId)
  return {
    setInterval: async (minutes: number) => {
      await handle.update((current) => ({ ...current, spec: interval(minutes, (current.spec.jitter ?? 0) / 1_000) }))
    },
    setJitter: async (seconds: number) => {
      await handle.update((current) => ({ ...current, spec: { ...current.spec, jitter: `${seconds}s` } }))
    },
    trigger: () => handle.trigger(ScheduleOverlapPolicy.SKIP),
    pause: (note: string) => handle.pause(note),
    unpause: (note: string) => handle.unpause(note),
    describe: () => handle.describe(),
  }
}

function interval(minutes: number, jitterSeconds: number) {
  return { intervals: [{ every: `${Math.round(minutes * 60)}s` as const }], jitter: `${jitterSeconds}s` as const }
}
