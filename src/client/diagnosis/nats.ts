import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats } from '../../messaging/connection.ts'
import {
  findMissingPermissions,
  isSubjectAllowed,
  type NatsPermissions,
  optimizerSubjects,
  requestNatsPermissions,
  userInfoSubject,
} from '../../messaging/permissions.ts'
import { describeError } from '../../model/errors.ts'
import type { NatsOptions } from '../../model/nats-options.ts'
import { compareClocks } from './clocks.ts'
import { type DiagnosisFinding, failedFinding, okFinding, warningFinding } from './finding.ts'
import { checkJetStream } from './jetstream.ts'

/** Answers of NATS itself come at once, or never if they are not permitted. */
const answerWithinMs = 2_000
const oldestNats = '2.10'

/** Checks NATS, its clock, and what the optimizer's user may do there. It publishes nothing that anybody receives. */
export async function checkNats(url: string, options: NatsOptions): Promise<DiagnosisFinding[]> {
  let nats: NatsConnection
  try {
    nats = await connectNats(url, 'optimizer-doctor', undefined, options)
  } catch (error) {
    return [failedFinding('NATS', describeError(error), 'start it, or correct NATS_URL and the credentials')]
  }
  try {
    const findings = [checkVersion(nats.info?.version ?? '0', await nats.rtt())]
    const askedAt = Date.now()
    const told = await requestNatsPermissions(nats, answerWithinMs)
    if (told) findings.push(compareClocks('NATS clock', told.now.getTime(), askedAt))
    findings.push(told ? checkPermissions(told.permissions, options) : await checkSubscriptions(nats, options))
    findings.push(...(await checkJetStream(nats, options, told?.permissions)))
    return findings
  } catch (error) {
    return [failedFinding('NATS', describeError(error), 'check whether it is still running')]
  } finally {
    await nats.close()
  }
}

function checkVersion(version: string, rttMs: number): DiagnosisFinding {
  if (version.localeCompare(oldestNats, 'en', { numeric: true }) < 0)
    return failedFinding('NATS', `version ${version}`, `use version ${oldestNats} or later`)
  return okFinding('NATS', `version ${version}, responds in ${Math.ceil(rttMs)} ms`)
}

const check = 'NATS permissions'
const remedy = 'grant these permissions; docs/agent-protocol.md lists all permissions under "Over NATS"'

function checkPermissions(permissions: NatsPermissions, { subjectPrefix, inboxPrefix }: NatsOptions): DiagnosisFinding {
  const { subscribe, publish } = findMissingPermissions(permissions, subjectPrefix)
  const answers = `${inboxPrefix}.>`
  if (!isSubjectAllowed(answers, permissions.subscribe)) subscribe.push(answers)
  const missing = [
    subscribe.length > 0 && `subscribe to ${subscribe.join(', ')}`,
    publish.length > 0 && `publish to ${publish.join(', ')}`,
  ].filter(Boolean)
  if (missing.length > 0) return failedFinding(check, `its user may not ${missing.join(', nor ')}`, remedy)
  return okFinding(check, 'its user may use every subject of the optimizer')
}

/** Where NATS does not tell the permissions: subscribing reveals some of them without disturbing anybody; publishing would. */
async function checkSubscriptions(nats: NatsConnection, { subjectPrefix, inboxPrefix }: NatsOptions): Promise<DiagnosisFinding> {
  const refused: string[] = []
  const attempt = (subject: string, name: string) =>
    nats.subscribe(subject, {
      callback: (error) => {
        if (error) refused.push(name)
      },
    })
  const attempts = [
    ...optimizerSubjects.subscribe.map((subject) => attempt(subject, subjectPrefix + subject)),
    attempt(`${inboxPrefix}.>`, `${inboxPrefix}.>`),
  ]
  // NATS has refused what it refuses before it answers this.
  await nats.flush()
  for (const subscription of attempts) subscription.unsubscribe()
  if (refused.length > 0) return failedFinding(check, `its user may not subscribe to ${refused.join(', ')}`, remedy)
  return warningFinding(
    check,
    'its user may subscribe to everything it needs; whether it may publish is unknown',
    `allow it to publish to ${userInfoSubject} so that this can be checked`,
  )
}
