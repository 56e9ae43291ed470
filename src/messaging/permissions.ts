/** The permissions of a NATS user, as NATS itself reports them. */
import type { NatsConnection } from '@nats-io/transport-node'
import { z } from 'zod'
import { matchesSubject } from './subject-pattern.ts'
import {
  commandSubject,
  cycleReportSubject,
  deploymentSubject,
  engineSettingsSubject,
  gatewaySubjects,
  getConfigureSubject,
  getProfileSubject,
  getReadBackSubject,
  performanceSubjects,
  profileRequestSubject,
  realtimeMetricsSubject,
} from './subjects.ts'

/** The permissions that the optimizer's own user needs in NATS; `*` matches any agent and instance. */
export const optimizerSubjects = {
  subscribe: [
    ...Object.values(gatewaySubjects),
    engineSettingsSubject,
    realtimeMetricsSubject,
    deploymentSubject,
    commandSubject,
    profileRequestSubject,
  ],
  publish: [
    getConfigureSubject('*', '*'),
    getReadBackSubject('*', '*'),
    getProfileSubject('*', '*'),
    cycleReportSubject,
    ...Object.values(performanceSubjects),
  ],
} as const satisfies Record<string, readonly string[]>

const ruleSchema = z.object({ allow: z.array(z.string()).optional(), deny: z.array(z.string()).optional() })
const permissionsSchema = z.object({
  publish: ruleSchema.optional(),
  subscribe: ruleSchema.optional(),
  responses: z.unknown().optional(),
})
/** Subjects with wildcards; what is missing is not restricted. */
export type NatsPermissions = z.infer<typeof permissionsSchema>
type Rule = z.infer<typeof ruleSchema>

const userInfoSchema = z.object({
  server: z.object({ time: z.coerce.date() }),
  data: z.object({ permissions: permissionsSchema.optional() }),
})

export const userInfoSubject = '$SYS.REQ.USER.INFO'

/** The permissions of the user of this connection and the time of the server; undefined if NATS does not tell it. */
export async function requestNatsPermissions(
  nats: NatsConnection,
  timeout: number,
): Promise<{ permissions: NatsPermissions; now: Date } | undefined> {
  const answer = await nats
    .request(userInfoSubject, '', { timeout })
    .then((message) => message.json())
    .catch(() => undefined)
  const parsed = userInfoSchema.safeParse(answer)
  if (!parsed.success) return undefined
  const { server, data } = parsed.data
  return { permissions: data.permissions ?? {}, now: server.time }
}

/** Subjects that the optimizer uses and that its user may not. @param prefix the prefix of all subjects */
export function findMissingPermissions(
  { publish, subscribe, responses }: NatsPermissions,
  prefix: string,
): { publish: string[]; subscribe: string[] } {
  const missing = (subjects: readonly string[], rule: Rule | undefined) =>
    subjects.map((subject) => prefix + subject).filter((subject) => !isSubjectAllowed(subject, rule))
  const mayAnswer = Boolean(responses) || isSubjectAllowed('_INBOX.>', publish)
  return {
    subscribe: missing(optimizerSubjects.subscribe, subscribe),
    publish: [...missing(optimizerSubjects.publish, publish), ...(mayAnswer ? [] : ['_INBOX.>'])],
  }
}

/** @param subject may have wildcards, which represent all that they match */
export function isSubjectAllowed(subject: string, { allow, deny }: Rule = {}): boolean {
  const isGranted = allow === undefined || allow.some((pattern) => matchesSubject(pattern, subject))
  return isGranted && !deny?.some((pattern) => matchesSubject(pattern, subject, 'some'))
}
