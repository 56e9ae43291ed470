import { log, patched, setHandler } from '@temporalio/workflow'
import type { z } from 'zod'
import { agentUnderperformanceSignal, performanceAlertSignal, resourceConstraintWarningSignal } from '../contract/messages.ts'
import { agentUnderperformanceSchema, performanceAlertSchema, resourceConstraintWarningSchema } from '../model/alert-signals.ts'
import type { Severity } from '../model/bottleneck.ts'
import { describeIssue } from '../model/issue.ts'
import { persistentActivities } from './activities.ts'

/** Alerts start no second cycle of the same kind within this time. */
const restMs = 10 * 60_000
/** The target of a cycle of the whole fleet. */
const wholeFleet = ''

/** A resource that is short, or no longer is; `by` says so. */
export interface Shortage {
  resource: string
  isOver: boolean
  by: string
  reason: string
}

/** The state that alerts change. */
interface Reacting {
  enqueue(effect: () => Promise<unknown>): void
  /** The agent that people want to be optimized alone; null is the whole fleet. */
  getFocus(): string | null
  setCadence(worst: Severity): Promise<void>
  /** Records that a resource is short, or no longer is. */
  constrain(shortage: Shortage): Promise<void>
}

/**
 * Registers the signals about alerts (B12). A performance alert shortens the time between cycles, and starts one now. An agent that
 * underperforms gets a cycle of its own; others that do so soon after share a cycle of the whole fleet, which tries the worst first, since every
 * cycle reads the whole fleet. A focus on another agent wins. A warning about a resource makes the optimizer prefer changes that need less,
 * until it is over.
 */
export function handleAlertSignals({ enqueue, getFocus, setCadence, constrain }: Reacting): void {
  const sharesCycles = patched('shared-cycles-of-alerts')
  const startedAt = new Map<string, number>()
  const forgetOld = () => {
    for (const [target, at] of startedAt) if (Date.now() - at >= restMs) startedAt.delete(target)
  }
  /** Whether a cycle of this target may start now; it then counts as started. */
  const claim = (target: string): boolean => {
    forgetOld()
    if (startedAt.has(target)) return false
    startedAt.set(target, Date.now())
    return true
  }
  const startCycleOf = async (agent: string) => {
    const focus = getFocus()
    if (focus !== null && focus !== agent) return
    forgetOld()
    const isShared = !startedAt.has(agent) && [...startedAt.keys()].some((target) => target !== wholeFleet)
    if (!claim(isShared ? wholeFleet : agent)) return
    await (isShared ? persistentActivities.triggerCycle() : persistentActivities.startFocusedCycle({ agentId: agent })).catch(
      (error: unknown) => {
        // An unknown agent, for instance, must not take the place of others.
        startedAt.delete(isShared ? wholeFleet : agent)
        throw error
      },
    )
  }
  const validated =
    <Schema extends z.ZodType>(schema: Schema, handle: (input: z.output<Schema>) => void | Promise<void>) =>
    async (input: unknown) => {
      const parsed = schema.safeParse(input)
      if (parsed.success) return await handle(parsed.data)
      log.warn('A signal was ignored', { reason: describeIssue(parsed.error, 'the signal') })
    }
  setHandler(
    performanceAlertSignal,
    validated(performanceAlertSchema, ({ severity }) => {
      enqueue(() => setCadence(severity))
      if (claim(wholeFleet)) enqueue(() => persistentActivities.triggerCycle())
    }),
  )
  setHandler(
    agentUnderperformanceSignal,
    validated(agentUnderperformanceSchema, ({ agent }) => {
      if (sharesCycles) enqueue(() => startCycleOf(agent))
      else if (claim(agent)) enqueue(() => persistentActivities.startFocusedCycle({ agentId: agent }))
    }),
  )
  setHandler(
    resourceConstraintWarningSignal,
    validated(resourceConstraintWarningSchema, ({ resource, component, isOver, by = 'optimizer', reason }) =>
      constrain({ resource: `${resource} of ${component}`, isOver, by, reason }),
    ),
  )
}
