import { log, patched, setHandler, sleep } from '@temporalio/workflow'
import type { z } from 'zod'
import { agentUnderperformanceSignal, performanceAlertSignal, resourceConstraintWarningSignal } from '../contract/messages.ts'
import {
  agentUnderperformanceSchema,
  formatShortageName,
  performanceAlertSchema,
  resourceConstraintWarningSchema,
} from '../model/alert-signals.ts'
import type { Severity } from '../model/bottleneck.ts'
import type { PostponedCycle } from '../model/cycle.ts'
import { describeIssue } from '../model/issue.ts'
import { replaceInvisibleSender } from '../model/text.ts'
import { persistentActivities } from './activities.ts'

/** Alerts start no second cycle of the same kind within this time. */
const cooldownMs = 10 * 60_000
/** The target of a cycle of the whole fleet. */
const wholeFleet = ''
/** The worker's clock may say that a freeze window is open for some time after Temporal's says that it has ended. */
const shortestWaitMs = 1_000
/** The most agents whose cycle waits for the end of a freeze window: all have to fit into the state that is carried. */
const maxPostponed = 20

/** A resource that is short, or no longer is; `by` says so. */
export interface Shortage {
  resource: string
  isOver: boolean
  by: string
  reason: string
}

/** The state that alerts change. */
interface AlertReactions {
  enqueue(effect: () => Promise<unknown>): void
  /** The agent that people want to be optimized alone; null is the whole fleet. */
  getFocus(): string | null
  raiseCadence(severity: Severity): Promise<void>
  /** The cycles that wait for the end of a freeze window. */
  getPostponed(): PostponedCycle[]
  setPostponed(cycles: PostponedCycle[]): void
  /** Records that a resource is short, or no longer is. */
  constrain(shortage: Shortage): Promise<void>
}

/**
 * Registers the signals about alerts (B12). A performance alert shortens the time between cycles, and starts one now. An agent that
 * underperforms gets its own cycle; others that do so soon after share a cycle of the whole fleet, which tries the worst first, since every
 * cycle reads the whole fleet. A focus on another agent wins. In a freeze window, a cycle waits for its end. A warning about a resource makes the
 * optimizer prefer changes that need less, until it is over.
 */
export function handleAlertSignals(reactions: AlertReactions): void {
  const { enqueue, getFocus, raiseCadence, getPostponed, setPostponed, constrain } = reactions
  const sharesCycles = patched('shared-cycles-of-alerts')
  const startedAt = new Map<string, number>()
  const forgetOld = () => {
    for (const [target, at] of startedAt) if (Date.now() - at >= cooldownMs) startedAt.delete(target)
  }
  /** Whether a cycle of this target may start now; it then counts as started. */
  const claim = (target: string): boolean => {
    forgetOld()
    if (startedAt.has(target)) return false
    startedAt.set(target, Date.now())
    return true
  }
  /** Starts the cycle that `target` has claimed for an alert about `concerned`; it waits while nothing may be tried there. */
  const start = async (target: string, concerned = target) => {
    const agentId = concerned === wholeFleet ? null : concerned
    const frozen =
      target === wholeFleet
        ? await persistentActivities.triggerCycle({ agentId })
        : await persistentActivities.startFocusedCycle({ agentId: target })
    if (!frozen) return
    startedAt.delete(target)
    postpone({ agentId, until: frozen.until })
  }
  const postpone = (cycle: PostponedCycle) => {
    if (waits(cycle.agentId)) return
    if (cycle.agentId !== null && getPostponed().length >= maxPostponed)
      return log.warn('A cycle is not postponed, because too many are already waiting for the end of a freeze window', {
        ...cycle,
      })
    setPostponed([...getPostponed(), cycle])
    wait(cycle)
  }
  /** Until the window ends; as it may be removed earlier, the activity is called again in the meantime. */
  const wait = (cycle: PostponedCycle) =>
    void sleep(Math.min(cooldownMs, Math.max(shortestWaitMs, cycle.until - Date.now()))).then(
      () => enqueue(() => resume(cycle)),
      () => undefined,
    )
  const waits = (agentId: string | null) => getPostponed().some((cycle) => cycle.agentId === agentId)
  /** Starts a postponed cycle whatever started in the meantime, because none of that was for its alert. */
  const resume = async ({ agentId }: PostponedCycle) => {
    setPostponed(getPostponed().filter((other) => other.agentId !== agentId))
    const focus = getFocus()
    if (agentId !== null && focus !== null && focus !== agentId) return
    const target = agentId ?? wholeFleet
    startedAt.set(target, Date.now())
    await startOrFree(target)
  }
  /** An unknown agent, for instance, must not take the place of others. */
  const startOrFree = async (target: string, concerned = target) =>
    await start(target, concerned).catch((error: unknown) => {
      startedAt.delete(target)
      throw error
    })
  const startCycleOf = async (agent: string) => {
    const focus = getFocus()
    if ((focus !== null && focus !== agent) || waits(agent)) return
    forgetOld()
    const isShared = sharesCycles && !startedAt.has(agent) && [...startedAt.keys()].some((target) => target !== wholeFleet)
    const target = isShared ? wholeFleet : agent
    if (!claim(target)) return
    await startOrFree(target, agent)
  }
  for (const cycle of getPostponed()) wait(cycle)
  const validated =
    <Schema extends z.ZodType>(schema: Schema, handle: (input: z.output<Schema>) => void | Promise<void>) =>
    async (input: unknown) => {
      const parsed = schema.safeParse(replaceInvisibleSender(input))
      if (parsed.success) return await handle(parsed.data)
      log.warn('A signal was ignored', { reason: describeIssue(parsed.error, 'the signal') })
    }
  setHandler(
    performanceAlertSignal,
    validated(performanceAlertSchema, ({ severity }) => {
      enqueue(() => raiseCadence(severity))
      if (!waits(null) && claim(wholeFleet)) enqueue(() => start(wholeFleet))
    }),
  )
  setHandler(
    agentUnderperformanceSignal,
    validated(agentUnderperformanceSchema, ({ agent }) => {
      if (sharesCycles) enqueue(() => startCycleOf(agent))
      else if (!waits(agent) && claim(agent)) enqueue(() => start(agent))
    }),
  )
  setHandler(
    resourceConstraintWarningSignal,
    validated(resourceConstraintWarningSchema, ({ resource, component, isOver, by = 'optimizer', reason }) =>
      constrain({ resource: formatShortageName(resource, component), isOver, by, reason }),
    ),
  )
}
