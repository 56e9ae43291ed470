import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { tsToMs } from '@temporalio/common/lib/time.js'
import proto, { type temporal } from '@temporalio/proto'
import type { ActivityRun, WorkflowRun } from '../model/workflow-run.ts'

/** The newest runs are looked at; more would hardly change the shares. */
const maxRuns = 200
/** Longer histories are left out: each event has to be read. */
const maxEvents = 10_000

const { PendingActivityState } = proto.temporal.api.enums.v1
type HistoryEvent = temporal.api.history.v1.IHistoryEvent
type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo
type Timestamp = HistoryEvent['eventTime']

/**
 * The newest runs of a type of workflows that started since a time, as their histories tell them.
 * @param now milliseconds since the epoch
 */
export async function loadWorkflowRuns(temporal: Client, type: string, since: Date, now: number): Promise<WorkflowRun[]> {
  const query = `WorkflowType = '${type}' AND StartTime >= '${since.toISOString()}'`
  const runs: WorkflowRun[] = []
  for await (const { workflowId, runId, historyLength } of temporal.workflow.list({ query, pageSize: maxRuns })) {
    if (runs.length >= maxRuns) break
    if (historyLength > maxEvents) continue
    const run = await fetchRun(temporal, workflowId, runId)
    if (run) runs.push(readHistory(type, run.events, now, run.pending))
  }
  return runs
}

/** Its current state, and its history; undefined if Temporal has removed the run since it was listed. */
async function fetchRun(temporal: Client, workflowId: string, runId: string) {
  try {
    const handle = temporal.workflow.getHandle(workflowId, runId)
    const { events } = await handle.fetchHistory()
    const { raw } = await handle.describe()
    return { events: events ?? [], pending: raw.pendingActivities ?? [] }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

/**
 * One run, as its history tells it. Of an activity that is retried, the history has the start only once it has closed.
 * @param now milliseconds since the epoch; the end of what still runs
 * @param pending what Temporal knows of the activities that have not closed
 */
export function readHistory(
  type: string,
  events: readonly HistoryEvent[],
  now: number,
  pending: readonly PendingActivity[] = [],
): WorkflowRun {
  const open = new Map(pending.map((activity) => [activity.activityId, activity]))
  const activities = new Map<string, ActivityRun>()
  const children = new Map<string, { type: string; from: number; to: number }>()
  let closedAt: number | undefined
  for (const event of events) {
    const at = toMs(event.eventTime)
    const scheduled = event.activityTaskScheduledEventAttributes
    if (scheduled) {
      const name = scheduled.activityType?.name ?? 'unknown'
      activities.set(String(event.eventId), {
        type: name,
        scheduledAt: at,
        startedAt: null,
        closedAt: null,
        attempts: 1,
        ...readPending(open.get(scheduled.activityId)),
      })
    }
    const started = event.activityTaskStartedEventAttributes
    const begun = started && activities.get(String(started.scheduledEventId))
    if (begun) Object.assign(begun, { startedAt: at, attempts: started.attempt ?? 1 })
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes
    const done = ended && activities.get(String(ended.scheduledEventId))
    if (done) done.closedAt = at
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes
    if (child) children.set(String(event.eventId), { type: child.workflowType?.name ?? 'unknown', from: at, to: now })
    const childEnded =
      event.childWorkflowExecutionCompletedEventAttributes ??
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      event.childWorkflowExecutionCanceledEventAttributes ??
      event.childWorkflowExecutionTerminatedEventAttributes ??
      event.startChildWorkflowExecutionFailedEventAttributes
    const ranUntil = childEnded && children.get(String(childEnded.initiatedEventId))
    if (ranUntil) ranUntil.to = at
    if (isEnd(event)) closedAt = at
  }
  const endedAt = closedAt ?? now
  const ended = [...children.values()].map((child) => ({ ...child, to: Math.min(child.to, endedAt) }))
  return { type, startedAt: toMs(events[0]?.eventTime), endedAt, activities: [...activities.values()], children: ended }
}

/** The start of the attempt that runs; between two attempts, there is none. */
function readPending(activity: PendingActivity | undefined): Partial<ActivityRun> {
  if (!activity) return {}
  const startedAt = isRunning(activity) ? toMs(activity.lastStartedTime) : null
  return { startedAt, attempts: activity.attempt ?? 1 }
}

const isRunning = ({ state }: PendingActivity) =>
  state === PendingActivityState.PENDING_ACTIVITY_STATE_STARTED ||
  state === PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED

const isEnd = (event: HistoryEvent) =>
  Boolean(
    event.workflowExecutionCompletedEventAttributes ??
      event.workflowExecutionFailedEventAttributes ??
      event.workflowExecutionTimedOutEventAttributes ??
      event.workflowExecutionCanceledEventAttributes ??
      event.workflowExecutionTerminatedEventAttributes ??
      event.workflowExecutionContinuedAsNewEventAttributes,
  )

const toMs = (time: Timestamp) => (time ? tsToMs(time) : 0)
