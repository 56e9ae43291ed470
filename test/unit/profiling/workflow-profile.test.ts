import { msToTs } from '@temporalio/common/lib/time.js'
import { temporal } from '@temporalio/proto'
import { describe, expect, it } from 'vitest'
import { buildFlameGraph } from '../../../src/analysis/profiling/flame-graph.ts'
import { buildWorkflowProfile } from '../../../src/analysis/profiling/workflow-profile.ts'
import type { ActivityRun, WorkflowRun } from '../../../src/model/workflow-run.ts'
import { readHistory } from '../../../src/temporal/workflow-runs.ts'

const activity = (known: Partial<ActivityRun>): ActivityRun => ({
  type: 'measure',
  scheduledAt: 0,
  startedAt: 10,
  closedAt: 100,
  attempts: 1,
  ...known,
})
const run = (activities: ActivityRun[], known: Partial<WorkflowRun> = {}): WorkflowRun => ({
  type: 'trial',
  startedAt: 0,
  endedAt: 200,
  activities,
  children: [],
  ...known,
})
/** Milliseconds by path. */
function timesOf(runs: WorkflowRun[]): Record<string, number> {
  const times: Record<string, number> = {}
  const visit = (flame: ReturnType<typeof buildFlameGraph>, path: string) => {
    if (flame.self > 0) times[path] = flame.self / 1_000
    for (const child of flame.children) visit(child, path ? `${path} > ${child.name}` : child.name)
  }
  visit(buildFlameGraph(buildWorkflowProfile(runs, 1_000)), '')
  return times
}

describe('the profile of workflows', () => {
  it('splits activities into schedule-to-start and execution, and counts the rest as waiting', () => {
    expect(timesOf([run([activity({})]), run([activity({})])])).toEqual({
      'trial > measure > measure: schedule-to-start': 20,
      'trial > measure > measure: execution': 180,
      'trial > waiting': 200,
    })
  })

  it('calls the time before the last attempt retries', () => {
    expect(timesOf([run([activity({ startedAt: 90, attempts: 4 })])])).toMatchObject({
      'trial > measure > measure: retries': 90,
      'trial > measure > measure: execution': 10,
    })
  })

  it('calls the time of an activity that awaits its next attempt retries', () => {
    expect(timesOf([run([activity({ startedAt: null, closedAt: null, attempts: 3 })])])).toEqual({
      'trial > measure > measure: retries': 200,
    })
  })

  it('counts activities side by side each for itself, and does not call it waiting', () => {
    const times = timesOf([run([activity({}), activity({ type: 'look', scheduledAt: 50, startedAt: 50, closedAt: 200 })])])
    expect(times).toMatchObject({ 'trial > look > look: execution': 150, 'trial > measure > measure: execution': 90 })
    expect(times).not.toHaveProperty('trial > waiting')
  })

  it('knows child workflows, and activities that still run or never began', () => {
    const open = [activity({ closedAt: null }), activity({ type: 'stuck', startedAt: null, closedAt: null })]
    expect(timesOf([run(open, { children: [{ type: 'restore', from: 0, to: 30 }] })])).toEqual({
      'trial > measure > measure: schedule-to-start': 10,
      'trial > measure > measure: execution': 190,
      'trial > stuck > stuck: schedule-to-start': 200,
      'trial > child workflow restore': 30,
    })
  })
})

it('a history tells the times of activities, with the attempts', () => {
  const at = (seconds: number) => ({ eventTime: msToTs(seconds * 1_000) })
  const events = [
    { eventId: 1 as never, ...at(0), workflowExecutionStartedEventAttributes: {} },
    { eventId: 5 as never, ...at(1), activityTaskScheduledEventAttributes: { activityType: { name: 'collect' } } },
    { eventId: 6 as never, ...at(4), activityTaskStartedEventAttributes: { scheduledEventId: 5 as never, attempt: 2 } },
    { eventId: 7 as never, ...at(6), activityTaskCompletedEventAttributes: { scheduledEventId: 5 as never } },
    { eventId: 9 as never, ...at(7), workflowExecutionCompletedEventAttributes: {} },
  ]
  expect(readHistory('optimizationCycle', events, 99_000)).toEqual({
    type: 'optimizationCycle',
    startedAt: 0,
    endedAt: 7_000,
    activities: [{ type: 'collect', scheduledAt: 1_000, startedAt: 4_000, closedAt: 6_000, attempts: 2 }],
    children: [],
  })
})

it('an activity that still runs is executing, although its history does not tell its start yet', () => {
  const at = (seconds: number) => ({ eventTime: msToTs(seconds * 1_000) })
  const scheduled = (id: number, name: string) => ({
    eventId: id as never,
    ...at(1),
    activityTaskScheduledEventAttributes: { activityId: name, activityType: { name } },
  })
  const events = [
    { eventId: 1 as never, ...at(0), workflowExecutionStartedEventAttributes: {} },
    ...['measure', 'restore', 'look'].map((name, index) => scheduled(5 + index, name)),
  ]
  const { PENDING_ACTIVITY_STATE_STARTED: started, PENDING_ACTIVITY_STATE_SCHEDULED: waits } =
    temporal.api.enums.v1.PendingActivityState
  const pending = [
    { activityId: 'measure', state: started, attempt: 1, lastStartedTime: msToTs(2_000) },
    { activityId: 'restore', state: waits, attempt: 3, lastStartedTime: msToTs(4_000) },
    { activityId: 'look', state: waits, attempt: 1 },
  ]
  expect(readHistory('trial', events, 99_000, pending).activities).toEqual([
    { type: 'measure', scheduledAt: 1_000, startedAt: 2_000, closedAt: null, attempts: 1 },
    { type: 'restore', scheduledAt: 1_000, startedAt: null, closedAt: null, attempts: 3 },
    { type: 'look', scheduledAt: 1_000, startedAt: null, closedAt: null, attempts: 1 },
  ])
})
