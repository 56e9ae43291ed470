import { z } from 'zod'

/** The types of events: the meaning of each and the keys of its `ref`. The triggers of the database write these events. */
export const eventTypes = {
  'cycle.started': { summary: 'a cycle started', ref: ['cycleId'] },
  'cycle.ended': { summary: 'a cycle completed, failed or was cancelled', ref: ['cycleId'] },
  'trial.started': { summary: 'a trial started', ref: ['trialId', 'agentId'] },
  'trial.judged': { summary: 'a check of a trial changed its judgement or progress', ref: ['trialId', 'agentId'] },
  'trial.changed': {
    summary: 'a trial entered another state, or was suspended or resumed',
    ref: ['trialId', 'agentId'],
  },
  'trial.ended': { summary: 'a trial ended', ref: ['trialId', 'agentId'] },
  'result.recorded': { summary: 'the result of a trial was recorded, or changed', ref: ['trialId', 'agentId'] },
  'approval.asked': { summary: 'a change is waiting for approval', ref: ['trialId', 'agentId'] },
  'approval.decided': { summary: 'a change was approved or declined, or its approval timed out', ref: ['trialId', 'agentId'] },
  'alert.raised': { summary: 'an alert was raised', ref: ['alertId'] },
  'alert.changed': { summary: 'an alert was acknowledged, or its severity changed', ref: ['alertId'] },
  'alert.resolved': { summary: 'the cause of an alert ended', ref: ['alertId'] },
  'anomaly.found': { summary: 'a metric is unusual compared with its own past', ref: ['anomalyId', 'component'] },
  'anomaly.ended': { summary: 'a metric is back to normal', ref: ['anomalyId', 'component'] },
  'anomaly.dismissed': { summary: 'a person dismissed an anomaly as a false alarm', ref: ['anomalyId', 'component'] },
  'policy.changed': { summary: 'a field of the policy changed', ref: ['field'] },
  'objective.changed': { summary: "an objective was set or cleared; without keys, the fleet's", ref: ['agentId', 'kind'] },
  'configuration.changed': { summary: 'a different configuration of an agent came into force', ref: ['agentId', 'version'] },
  'restore.started': { summary: 'the settings of an agent are being restored', ref: ['restoreId', 'agentId'] },
  'restore.ended': { summary: 'a restore is complete, was given up or has failed', ref: ['restoreId', 'agentId'] },
  'agent.registered': { summary: 'an agent is new, or came back', ref: ['agentId'] },
  'agent.forgotten': { summary: 'an agent was forgotten', ref: ['agentId'] },
  'instance.silent': { summary: 'an instance is no longer heard from', ref: ['agentId', 'instanceId'] },
  'gap.recorded': { summary: 'a component is measured again after a gap', ref: ['component'] },
  'deployment.recorded': {
    summary: 'a deployment was reported; without a component, it concerns the whole system',
    ref: ['deploymentId', 'component'],
  },
  'engine-settings.changed': { summary: 'a parameter of the performance engine changed', ref: [] },
  'profile.taken': { summary: 'a profile was taken', ref: ['profileId', 'target'] },
} as const satisfies Record<string, { summary: string; ref: readonly string[] }>

export type EventType = keyof typeof eventTypes
const types = Object.keys(eventTypes) as [EventType, ...EventType[]]

/** Something that happened; it says where to look, not what was changed. */
export const eventSchema = z.object({
  id: z.int().describe('Ids increase, with gaps'),
  type: z.enum(types),
  at: z.date(),
  ref: z.record(z.string(), z.union([z.string(), z.number()])).describe('The ids of the related records'),
})
export type Event = z.infer<typeof eventSchema>
