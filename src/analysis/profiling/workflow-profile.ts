import { CallTree, createFrame, type StackProfile } from '../../model/stack-profile.ts'
import type { ActivityRun, WorkflowRun } from '../../model/workflow-run.ts'

/**
 * Where workflow runs spend their time, as a call tree: below the type of the workflow its activities, and below each the time until a
 * worker took it (`schedule-to-start`), that of its last attempt (`execution`), and all time before that attempt if there were others
 * (`retries`), since Temporal does not keep when the first one began. `waiting` is the time in which no activity and no child workflow was open: for timers, signals, people and
 * workers. Activities that ran in parallel each count in full.
 * @param windowMs the period that the runs are from
 */
export function buildWorkflowProfile(runs: readonly WorkflowRun[], windowMs: number): StackProfile {
  const tree = new CallTree()
  const add = (value: number, ...names: string[]) => {
    if (value > 0)
      tree.addStack(
        names.map((name) => createFrame(name)),
        value * 1_000,
      )
  }
  for (const run of runs) {
    for (const activity of run.activities) {
      const { toStartMs, retriesMs, executionMs } = splitActivityTime(activity, run.endedAt)
      add(toStartMs, run.type, activity.type, `${activity.type}: schedule-to-start`)
      add(retriesMs, run.type, activity.type, `${activity.type}: retries`)
      add(executionMs, run.type, activity.type, `${activity.type}: execution`)
    }
    for (const { type, from, to } of run.children) add(to - from, run.type, `child workflow ${type}`)
    add(computeWaitingMs(run), run.type, 'waiting')
  }
  return { unit: 'microseconds', durationMs: windowMs, frames: tree.frames, nodes: tree.nodes }
}

/** The times of an activity; only the start of its last attempt is known. */
export function splitActivityTime({ scheduledAt, startedAt, closedAt, attempts }: ActivityRun, now: number) {
  const end = closedAt ?? now
  const before = Math.max(0, (startedAt ?? end) - scheduledAt)
  const executionMs = startedAt === null ? 0 : Math.max(0, end - startedAt)
  return attempts > 1 ? { toStartMs: 0, retriesMs: before, executionMs } : { toStartMs: before, retriesMs: 0, executionMs }
}

/** The time of a run in which nothing that it had started was open. */
function computeWaitingMs({ startedAt, endedAt, activities, children }: WorkflowRun): number {
  const busy = [
    ...activities.map(({ scheduledAt, closedAt }) => ({ from: scheduledAt, to: closedAt ?? endedAt })),
    ...children,
  ].sort((a, b) => a.from - b.from)
  let waitingMs = 0
  let until = startedAt
  for (const { from, to } of busy) {
    waitingMs += Math.max(0, Math.min(from, endedAt) - until)
    until = Math.max(until, Math.min(to, endedAt))
  }
  return waitingMs + Math.max(0, endedAt - until)
}
