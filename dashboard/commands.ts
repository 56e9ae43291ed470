/** The commands that the dashboard gives. */

import type { StartedRollback } from '../src/client/started-workflow.ts'
import type { KnobChange } from '../src/model/finished-trial.ts'
import { formatValue } from '../src/model/format.ts'
import type { Command } from './components/command.tsx'

const policy = (command: object, rest: Omit<Command, 'send'>): Command => ({
  ...rest,
  send: ({ by, reason }) => ({ method: 'POST', path: '/commands', body: { command, by, reason } }),
})

export const pause = policy(
  { type: 'pause' },
  {
    title: 'Pause the optimizer?',
    explanation: 'No new trials will start until you resume. Trials that are running finish as usual.',
    confirm: 'Pause',
    done: 'Paused: no new trials will start until you resume.',
  },
)
export const resume = policy(
  { type: 'resume' },
  {
    title: 'Resume the optimizer?',
    explanation: 'The next cycle starts trials again.',
    confirm: 'Resume',
    done: 'Resumed: the next cycle starts trials again.',
  },
)
export const abort = policy(
  { type: 'abort' },
  {
    title: 'Roll back every running trial?',
    explanation:
      'This is the kill switch: the optimizer pauses, and every running trial is rolled back at once. Changes that were already kept stay in force.',
    confirm: 'Roll back everything',
    isDangerous: true,
    needsReason: true,
    done: 'Every running trial is being rolled back; the optimizer is paused.',
  },
)
export const setAggressiveness = (level: number, from: number) =>
  policy(
    { type: 'setAggressiveness', level },
    {
      title: `Change aggressiveness from ${from} to ${level}?`,
      explanation:
        level > from
          ? 'Bolder: more concurrent trials and larger changes.'
          : 'More cautious: fewer concurrent trials and smaller changes.',
      confirm: `Set it to ${level}`,
      done: `Aggressiveness is ${level}.`,
    },
  )
export const focusOn = (agentId: string) =>
  policy(
    { type: 'focusOnAgent', agentId },
    {
      title: `Focus on ${agentId}?`,
      explanation: 'Only this agent is optimized until you return to the whole fleet.',
      confirm: 'Focus',
      done: `The focus is on ${agentId}.`,
    },
  )
export const clearFocus = policy(
  { type: 'clearFocus' },
  {
    title: 'Return to the whole fleet?',
    explanation: 'Every agent is optimized again.',
    confirm: 'Return',
    done: 'The focus is on the whole fleet.',
  },
)
export const setResourceMode = (mode: 'normal' | 'reduce') =>
  policy(
    { type: mode === 'reduce' ? 'reduceResourceConsumption' : 'optimizeSystemPerformance' },
    {
      title: mode === 'reduce' ? 'Reduce resource consumption?' : 'Optimize performance again?',
      explanation:
        mode === 'reduce'
          ? 'The optimizer prefers changes that need fewer resources, and tries none that need more.'
          : 'Changes that need more resources may be tried again, the focus returns to the whole fleet, and a cycle starts.',
      confirm: mode === 'reduce' ? 'Reduce' : 'Optimize performance',
      done: mode === 'reduce' ? 'Reducing resource consumption.' : 'Optimizing performance.',
    },
  )
/** @param knob by default all of them */
export const release = (agentId: string, knob?: string) => {
  const subject = knob === undefined ? `all knobs of ${agentId}` : `${knob} of ${agentId}`
  return policy(
    { type: 'release', agentId, ...(knob !== undefined && { knob }) },
    {
      title: `Allow trials of ${subject} again?`,
      explanation: `The optimizer may change ${subject} again in its next cycle, despite the cooldown.`,
      confirm: 'Release',
      done: `The optimizer may change ${subject} again.`,
    },
  )
}
export const startCycle = (target?: string): Command => ({
  title: target ? `Start a cycle for ${target}?` : 'Start a cycle?',
  explanation: 'The cycle collects metrics, detects bottlenecks and tries promising changes, like a scheduled one.',
  confirm: 'Start',
  send: ({ by, reason }) => ({ method: 'POST', path: '/cycles', body: { ...(target && { target }), by, reason } }),
  done: 'A cycle has started.',
})
type RollBackAnswer = Pick<StartedRollback, 'workflowId'>

export const rollBack = (trialId: string, isKept: boolean): Command => ({
  title: isKept ? 'Undo this change?' : 'Roll this trial back?',
  explanation: isKept
    ? 'Settings that a person has changed since are left alone.'
    : 'The trial ends; only its candidates run with its values.',
  undoes: { trialId },
  confirm: isKept ? 'Undo' : 'Roll back',
  isDangerous: true,
  option: 'The change did harm (this counts against similar changes)',
  send: ({ by, reason, option }) => ({
    method: 'POST',
    path: `/trials/${encodeURIComponent(trialId)}/rollback`,
    body: { by, reason, ...(option && { harmful: true }) },
  }),
  done: (answer) =>
    (answer as RollBackAnswer).workflowId === null
      ? 'The change was already undone; nothing was changed.'
      : 'The previous values are being restored and verified on every instance.',
})
export const giveUp = (trialId: string): Command => ({
  title: 'Stop waiting for the instances?',
  explanation:
    'Use this if a restore is waiting for an instance that will not respond, such as a decommissioned one. An instance that returns later gets the restored values.',
  confirm: 'Stop waiting',
  isDangerous: true,
  needsReason: true,
  send: ({ by, reason }) => ({
    method: 'POST',
    path: `/restores/${encodeURIComponent(trialId)}/give-up`,
    body: { by, reason },
  }),
  done: 'The restore has ended; an instance that returns gets the restored values.',
})
export const keep = (trialId: string, explanation: Command['explanation']): Command => ({
  title: 'Keep this change, proven or not?',
  explanation,
  confirm: 'Keep on every instance',
  send: ({ by, reason }) => ({ method: 'POST', path: `/trials/${encodeURIComponent(trialId)}/keep`, body: { by, reason } }),
  done: 'The trial ends, and its change is applied to every instance.',
})
/** @param strategy what is tried again */
export const retry = ({ id, agentId, actions }: { id: string; agentId: string; actions: readonly KnobChange[] }): Command => ({
  title: 'Try this change again?',
  explanation: `A new trial on ${agentId} starts now, under the usual rules: ${actions.map(({ knob, to, unit }) => `${knob} ${formatValue(to, unit)}`).join(', ')} instead of the values in force. It is kept if it is proven, and rolled back if it is not.`,
  confirm: 'Try again',
  send: ({ by, reason }) => ({ method: 'POST', path: `/trials/${encodeURIComponent(id)}/retry`, body: { by, reason } }),
  done: 'A new trial is starting; follow it on the Trials page.',
})
export const decide = (trialId: string, approve: boolean, explanation: Command['explanation']): Command => ({
  title: approve ? 'Approve this trial?' : 'Decline this trial?',
  explanation,
  confirm: approve ? 'Approve' : 'Decline',
  send: ({ by, reason }) => ({
    method: 'POST',
    path: `/trials/${encodeURIComponent(trialId)}/approval`,
    body: { approve, by, reason },
  }),
  done: approve ? 'Approved: the trial starts as soon as its agent is free.' : 'Declined: its knobs are in cooldown.',
})
/** Restores an agent's settings from a version or a time. */
const goBack = (agentId: string, to: number | string, words: Pick<Command, 'title' | 'confirm'>): Command => ({
  ...words,
  explanation: 'Any trial running on it ends. The restored settings become a new version; nothing is deleted.',
  undoes: { agentId, to },
  send: ({ by, reason }) => ({ method: 'POST', path: '/undo', body: { target: { agentId, to }, by, reason } }),
  done: `The settings of ${agentId} are being restored and verified on every instance.`,
})
export const restore = (agentId: string, version: number) =>
  goBack(agentId, version, { title: `Restore version ${version} of ${agentId}?`, confirm: `Restore version ${version}` })
/** @param since when the first change was made that is undone, in ISO 8601 */
export const undoSince = (agentId: string, since: string) =>
  goBack(agentId, new Date(new Date(since).getTime() - 1).toISOString(), {
    title: `Undo this change to ${agentId}, and those after it?`,
    confirm: 'Undo',
  })
export const acknowledge = (id: number, component: string): Command => ({
  title: 'Acknowledge this alert?',
  explanation: `The alert about ${component} is not sent again unless it gets worse. It stays open until its cause ends.`,
  confirm: 'Acknowledge',
  send: ({ by, reason }) => ({ method: 'POST', path: `/alerts/${id}/acknowledgement`, body: { by, reason } }),
  done: 'The alert is acknowledged.',
})
export const dismissAnomaly = (id: number, component: string): Command => ({
  title: 'Dismiss this anomaly?',
  explanation: `This marks it as a false alarm: the anomaly on ${component} ends, and similar ones must be stronger to be reported.`,
  confirm: 'Dismiss',
  send: ({ by, reason }) => ({ method: 'POST', path: `/anomalies/${id}/dismissal`, body: { by, reason } }),
  done: 'The anomaly is dismissed.',
})
