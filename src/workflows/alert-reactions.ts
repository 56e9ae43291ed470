import { log, setHandler } from '@temporalio/workflow'
import type { z } from 'zod'
import { agentUnderperformanceSignal, performanceAlertSignal, resourceConstraintWarningSignal } from '../contract/messages.ts'
import { agentUnderperformanceSchema, performanceAlertSchema, resourceConstraintWarningSchema } from '../model/alert-signals.ts'
import type { Severity } from '../model/bottleneck.ts'
import { persistentActivities } from './activities.ts'

/** An alert that lasts, or comes back, starts no second cycle within this time. */
const restMs = 10 * 60_000

/** The state that alerts change. */
interface Reacting {
  enqueue(effect: () => Promise<unknown>): void
  setCadence(worst: Severity): Promise<void>
  /** Records that a resource is short, or no longer is. */
  constrain(resource: string, isOver: boolean, reason: string): Promise<void>
}

/**
 * Registers the signals about alerts (B12). A performance alert shortens the time between cycles, and starts one now; an underperforming agent
 * gets a cycle of its own; a warning about a resource makes the optimizer prefer changes that need less, until it is over.
 */
export function handleAlertSignals({ enqueue, setCadence, constrain }: Reacting): void {
  const startedAt = new Map<string, number>()
  const startOnce = (target: string, start: () => Promise<unknown>) => {
    for (const [other, at] of startedAt) if (Date.now() - at >= restMs) startedAt.delete(other)
    if (startedAt.has(target)) return
    startedAt.set(target, Date.now())
    enqueue(start)
  }
  const validated =
    <Schema extends z.ZodType>(schema: Schema, handle: (input: z.output<Schema>) => void | Promise<void>) =>
    async (input: unknown) => {
      const parsed = schema.safeParse(input)
      if (parsed.success) return await handle(parsed.data)
      log.warn('A signal was ignored', { reason: parsed.error.issues[0]?.message })
    }
  setHandler(
    performanceAlertSignal,
    validated(performanceAlertSchema, ({ severity }) => {
      enqueue(() => setCadence(severity))
      startOnce('', () => persistentActivities.triggerCycle())
    }),
  )
  setHandler(
    agentUnderperformanceSignal,
    validated(agentUnderperformanceSchema, ({ agent }) =>
      startOnce(agent, () => persistentActivities.startFocusedCycle({ agentId: agent })),
    ),
  )
  setHandler(
    resourceConstraintWarningSignal,
    validated(resourceConstraintWarningSchema, ({ resource, component, isOver, reason }) =>
      constrain(`${resource} of ${component}`, isOver, reason),
    ),
  )
}
