/** Performance profiles: what is profiled, who requested it, and what is on record. */
import { z } from 'zod'
import { nameSchema } from './name.ts'
import { labelSchema, textSchema } from './text.ts'

export const profileKinds = ['cpu', 'heap', 'workflow'] as const
export type ProfileKind = (typeof profileKinds)[number]

/** The trigger of a profile: a cron expression, the orchestrator, the optimizer on degradation, or a person. */
export const profileTriggers = ['schedule', 'orchestrator', 'degradation', 'person'] as const
export type ProfileTrigger = (typeof profileTriggers)[number]

const kind = z.enum(['cpu', 'heap']).default('cpu').describe('CPU time, or memory allocated')
const seconds = z.int().min(1).max(60).default(10).describe('Duration of the profile')
const workflowTypeSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,119}$/, 'use at most 120 letters, digits and the characters . _ - / and :')

/** The subject of a profile. */
export const profileSubjectSchema = z.discriminatedUnion('of', [
  z.strictObject({
    of: z.literal('agent'),
    agentId: nameSchema,
    instanceId: nameSchema
      .optional()
      .describe('The instance to profile; by default one live instance, or one of each arm of the running trial'),
    kind,
    seconds,
  }),
  z.strictObject({ of: z.literal('worker'), kind, seconds }),
  z.strictObject({
    of: z.literal('workflows'),
    type: workflowTypeSchema.optional().describe("Workflow type; by default, all of the optimizer's"),
    hours: z.int().min(1).max(720).default(24).describe('Only runs that started within this many hours'),
  }),
  z.strictObject({ of: z.literal('everything'), kind, seconds }),
])
export type ProfileSubject = z.infer<typeof profileSubjectSchema>

const askedBy = { by: labelSchema, reason: textSchema.default('') }

/** A person's request for a profile. */
export const manualProfileRequestSchema = z.strictObject({ subject: profileSubjectSchema, ...askedBy })
export type ManualProfileRequest = z.input<typeof manualProfileRequestSchema>

/** The input of the `profile` workflow. */
export const profileRequestSchema = z.strictObject({
  subject: profileSubjectSchema,
  ...askedBy,
  trigger: z.enum(profileTriggers),
})
export type ProfileRequest = z.infer<typeof profileRequestSchema>
export type ProfileRequestInput = z.input<typeof profileRequestSchema>

/** The name of the subject of a request in workflow ids and the record. */
export function nameProfileSubject(subject: ProfileSubject): string {
  if (subject.of === 'agent') return subject.instanceId ? `${subject.agentId}/${subject.instanceId}` : subject.agentId
  if (subject.of === 'workflows') return subject.type ? getWorkflowTarget(subject.type) : 'workflows'
  return subject.of === 'worker' ? workerTarget : 'everything'
}

/** The target of a profile is an agent's id, or one of these, which no agent can be called. */
export const workerTarget = 'optimizer:worker'
export const getWorkflowTarget = (type: string) => `workflow:${type}`

export const performanceProfileSchema = z.object({
  id: z.int(),
  target: z.string().describe('An agent, `optimizer:worker`, or `workflow:` followed by a workflow type'),
  instanceId: z.string().nullable(),
  kind: z.enum(profileKinds),
  takenAt: z.date(),
  trigger: z.enum(profileTriggers),
  requestedBy: z.string(),
  reason: z.string(),
  workflowId: z.string().describe('The workflow that took the profile'),
  runId: z.string().describe('The run of that workflow, the same for all profiles of one request'),
  trialId: z.string().nullable().describe('The trial that was running on the agent'),
  arm: z.enum(['control', 'candidate']).nullable().describe('The arm of that trial to which the instance belongs'),
  version: z.int().nullable().describe('The version of the configuration with which the instance ran'),
})
/** A profile on record, without its content. */
export type PerformanceProfile = z.infer<typeof performanceProfileSchema>

export const hotspotSchema = z.object({
  function: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  hottestLine: z.int().nullable(),
  sharePercent: z.number().describe("The function's own share of the whole profile"),
  totalPercent: z.number().describe("The function's share, including everything that it called"),
  changePoints: z.number().nullable().describe('Change since the previous profile of the same target; null if there is none'),
  otherArmPoints: z.number().nullable().describe('Difference from the other arm of the trial; null if there is none'),
  text: z.string().describe('The hotspot in words'),
})
export type Hotspot = z.infer<typeof hotspotSchema>

export const profileReportSchema = performanceProfileSchema.extend({
  durationMs: z.number(),
  unit: z.enum(['microseconds', 'bytes']),
  total: z.number().describe('The total CPU time, bytes or workflow time in the profile, in the unit of the profile'),
  overheadPercent: z.number().nullable().describe('Share of the time during which profiling paused the program'),
  previousId: z.int().nullable(),
  otherArmId: z.int().nullable(),
  summary: z.string(),
  hotspots: z.array(hotspotSchema).describe('The functions with the most self time, highest first'),
})
/** A profile with its hotspots in words. */
export type ProfileReport = z.infer<typeof profileReportSchema>
