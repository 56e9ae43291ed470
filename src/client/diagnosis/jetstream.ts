import { DiscardPolicy, jetstreamManager, RetentionPolicy, type StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  findCoveringSubject,
  findStreamInfo,
  getMetricsStreamName,
  getStreamName,
  getStreamSubjects,
} from '../../messaging/performance-streams.ts'
import { isSubjectAllowed, type NatsPermissions } from '../../messaging/permissions.ts'
import { matchesSubject } from '../../messaging/subject-pattern.ts'
import { describeError } from '../../model/errors.ts'
import { pluralize } from '../../model/format.ts'
import type { NatsOptions } from '../../model/nats-options.ts'
import { type DiagnosisFinding, okFinding, warningFinding } from './finding.ts'

const answerWithinMs = 2_000
const [check, checkOfReadings] = ['JetStream', 'JetStream of readings']
const without = 'without it, programs get status messages only while they are subscribed'
const grant = 'grant these permissions; docs/messages.md lists them under "Security"'

/**
 * Checks the streams of what the optimizer publishes: whether they exist or can be created, their subjects, and whether somebody has given
 * them limits by which messages are lost or refused. @param permissions of the optimizer's user; undefined if NATS does not tell them
 */
export async function checkJetStream(
  nats: NatsConnection,
  { subjectPrefix }: NatsOptions,
  permissions: NatsPermissions | undefined,
): Promise<DiagnosisFinding[]> {
  if (!nats.info?.jetstream)
    return [warningFinding(check, `is not enabled; ${without}`, 'start NATS with --jetstream if they must not miss any')]
  const [name, nameOfReadings] = [getStreamName(subjectPrefix), getMetricsStreamName(subjectPrefix)]
  const subjects = getStreamSubjects(subjectPrefix)
  const listRefused = (...names: string[]) =>
    names.map((each) => `$JS.API.${each}`).filter((subject) => !isSubjectAllowed(subject, permissions?.publish))
  const refused = listRefused('INFO', ...listActions(name))
  const refusedReadings = listRefused(...listActions(nameOfReadings))
  if (refused.length > 0) {
    const found = `its user may not publish to ${[...refused, ...refusedReadings].join(', ')}; ${without}`
    return [warningFinding(check, found, grant)]
  }
  try {
    const maxPayload = nats.info.max_payload
    const { streams } = await jetstreamManager(nats, { timeout: answerWithinMs })
    const info = await findStreamInfo(streams, name)
    const judge = (of: string, found: StreamInfo, own: readonly string[]) => judgeStream(of, found, own, maxPayload)
    const finding = info
      ? judge(check, info, subjects.messages)
      : okFinding(check, `is available; the worker creates the stream ${name}`)

    const covering = info && findCoveringSubject(info.config, subjects.readings)
    if (covering)
      return [finding, okFinding(checkOfReadings, `readings are in the stream ${name}, whose subject ${covering} covers them`)]
    const crowding = `readings are in the stream ${name}, where they can push out other messages`
    if (refusedReadings.length > 0) {
      const found = `its user may not publish to ${refusedReadings.join(', ')}, so ${crowding}`
      return [finding, warningFinding(checkOfReadings, found, grant)]
    }
    const own = await findStreamInfo(streams, nameOfReadings)
    if (own) return [finding, judge(checkOfReadings, own, [subjects.readings])]
    if (!info?.config.subjects.includes(subjects.readings))
      return [finding, okFinding(checkOfReadings, `the worker creates the stream ${nameOfReadings}`)]
    const found = `${crowding}: there is no stream ${nameOfReadings}`
    return [
      finding,
      warningFinding(
        checkOfReadings,
        found,
        'make sure that JetStream has storage for it, and restart the worker, which creates it',
      ),
    ]
  } catch (error) {
    return [warningFinding(check, `cannot be used (${describeError(error)}); ${without}`, "enable it for the user's account")]
  }
}

const listActions = (stream: string) => ['INFO', 'CREATE', 'UPDATE'].map((action) => `STREAM.${action}.${stream}`)

/** @param maxPayload bytes of the largest message that NATS carries */
function judgeStream(of: string, info: StreamInfo, subjects: readonly string[], maxPayload: number): DiagnosisFinding {
  const { config, state } = info
  const stream = `the stream ${config.name}`
  const missing = subjects.filter((subject) => !config.subjects.some((pattern) => matchesSubject(pattern, subject)))
  if (missing.length > 0)
    return warningFinding(
      of,
      `${stream} does not cover ${missing.join(', ')}`,
      'restart the worker, which adds the missing subjects',
    )
  const problem = findLoss(info, maxPayload)
  if (problem) return warningFinding(of, `${stream} ${problem.found}`, problem.remedy)
  return okFinding(of, `${stream} has ${pluralize(state.messages, 'message')}`)
}

/** How messages are refused or lost by settings of a stream that are not the optimizer's. */
function findLoss({ config }: StreamInfo, maxPayload: number): { found: string; remedy: string } | undefined {
  const edit = (option: string) => `set ${option}, with nats stream edit ${config.name}`
  const { retention, discard, max_bytes, max_msgs, max_msg_size = -1 } = config
  if (retention !== RetentionPolicy.Limits)
    return {
      found: `has the retention policy ${retention}, so it keeps no messages for programs that read it later`,
      // NATS does not let this policy be changed.
      remedy: retention === RetentionPolicy.Workqueue ? 'delete it; the worker creates it again' : edit('--retention=limits'),
    }
  if (discard === DiscardPolicy.New && (max_bytes > 0 || max_msgs > 0))
    return { found: 'refuses new messages once it is full', remedy: edit('--discard=old') }
  if (max_msg_size > 0 && max_msg_size < maxPayload)
    return { found: `refuses messages of more than ${max_msg_size} bytes, which are dropped`, remedy: edit('--max-msg-size=-1') }
  return undefined
}
