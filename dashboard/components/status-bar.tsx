import { formatDuration, pluralize } from '../../src/model/format.ts'
import { refusal } from '../access.ts'
import { offlineSince } from '../api.ts'
import { now } from '../clock.ts'
import * as commands from '../commands.ts'
import { formatAge, withLocalTimes } from '../format.ts'
import { isLive } from '../live.ts'
import { linkTo } from '../router.ts'
import { useSummary } from '../summary.ts'
import { Age } from './basics.tsx'
import { CommandButton } from './command.tsx'

/** One line under the navigation: what is going on, what comes next, and whether the page is up to date. */
export function StatusBar() {
  const { data } = useSummary()
  if (offlineSince.value !== null)
    return (
      <div class="status offline" role="alert">
        The optimizer has not responded for {formatDuration(now.value - offlineSince.value)}. What you see may be out of date;
        this page reconnects by itself.
      </div>
    )
  if (!data) return <div class="status" />
  const { pause, trials, cycle, schedule, policy } = data
  const isRunning = cycle?.state === 'running'
  return (
    <>
      {pause && (
        <div class="status paused" role="status">
          <span>
            <strong>Paused</strong> by {pause.pausedBy} <Age time={pause.since} />
            {pause.reason && `: ${withLocalTimes(pause.reason)}`}. No new trials will start.
          </span>
          <CommandButton command={commands.resume}>Resume</CommandButton>
        </div>
      )}
      <div class="status">
        <span class={`pulse ${isLive.value ? 'live' : ''}`} title={isLive.value ? 'Live' : 'Refreshed every few seconds'} />
        <span>
          {cycle ? (
            <a href={linkTo('cycles', cycle.id)}>
              {isRunning
                ? 'A cycle is running, started'
                : `The last cycle ${cycle.state === 'cancelled' ? 'was cancelled' : cycle.state}, started`}{' '}
              <Age time={cycle.startedAt} />
            </a>
          ) : (
            'No cycle has run yet'
          )}
        </span>
        <span>
          {trials.length > 0 ? <a href={linkTo('trials')}>{pluralize(trials.length, 'trial')} running</a> : 'no trial is running'}
        </span>
        <span>
          {schedule === null
            ? 'Temporal is not responding'
            : schedule.isPaused
              ? 'the schedule is paused'
              : schedule.nextCycleAt && `next cycle ${formatAge(schedule.nextCycleAt, now.value)}`}
        </span>
        <span>aggressiveness {policy.aggressiveness}</span>
        {refusal.value && <span>{refusal.value}</span>}
        {policy.focus && (
          <span>
            focus on <a href={linkTo('agents', policy.focus)}>{policy.focus}</a>
          </span>
        )}
      </div>
    </>
  )
}
