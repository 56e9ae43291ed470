/** The JetStream streams of what the optimizer publishes. */
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamAPI,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import { type NatsConnection, nanos, PermissionViolationError } from '@nats-io/transport-node'
import { matchesSubject } from './subject-pattern.ts'
import { performanceSubjects } from './subjects.ts'

const keptMs = 86_400_000
/** JetStream recognizes a repetition within this time; a reader recognizes it by the id at any time. */
const recognizedMs = 600_000
const maxBytes = 256 * 1024 * 1024
/** So that messages on one subject push out no others. */
const maxMessagesPerSubject = 300_000
/** Answers of JetStream with this status or a higher one are about its own state. */
const serverFailure = 500
/** JetStream's error codes for a stream that would reserve more storage or memory than is left; their status is that of its own failures. */
const exceedsResources = [10_047, 10_028]

/** The stream of an installation, `PERFORMANCE` unless it has a prefix. */
export const getStreamName = (prefix: string) => [...prefix.split('.').filter(Boolean), 'PERFORMANCE'].join('_')

/** The stream of its readings, which are by far the most messages. */
export const getMetricsStreamName = (prefix: string) => `${getStreamName(prefix)}_METRICS`

/** The subjects of each of the two streams. */
export function getStreamSubjects(prefix: string): { messages: string[]; readings: string } {
  const readings = prefix + performanceSubjects.metrics
  const subjects = Object.values(performanceSubjects).map((subject) => prefix + subject)
  return { messages: subjects.filter((subject) => subject !== readings), readings }
}

/** The wildcard that somebody has given the other stream and that covers readings, so that they stay there; undefined if there is none. */
export const findCoveringSubject = ({ subjects }: Pick<StreamConfig, 'subjects'>, readings: string): string | undefined =>
  subjects.find((pattern) => pattern !== readings && matchesSubject(pattern, readings))

/**
 * Creates the streams, or adds the subjects that are missing; settings that somebody has changed stay. Readings have a stream of their own,
 * unless JetStream refuses it or somebody has given the other one a wildcard that covers them.
 * @throws Error if JetStream refuses the stream (`isJetStreamRefusal`) or does not answer within `timeout` milliseconds
 */
export async function ensureStreams(nats: NatsConnection, prefix: string, timeout: number): Promise<void> {
  const { streams } = await jetstreamManager(nats, { timeout })
  const [messages, readings] = [{ ...statusMessages, name: getStreamName(prefix) }, getMetricsStreamName(prefix)]
  const { messages: others, readings: metrics } = getStreamSubjects(prefix)
  const subjects = [...others, metrics]
  const config = await findStream(streams, messages.name)
  const isCovered = config && findCoveringSubject(config, metrics) !== undefined
  const own = isCovered ? 'refused' : await findStream(streams, readings).catch(asRefused)
  if (own === 'refused') return await ensureStream(streams, messages, config, subjects)
  try {
    // A subject belongs to one stream only; an earlier version kept readings in this one.
    await ensureStream(streams, messages, config, others, metrics)
    const description = 'Readings of the performance optimizer'
    await ensureStream(streams, { ...common, ...(config && keepingOf(config)), name: readings, description }, own, [metrics])
  } catch (error) {
    asRefused(error)
    await ensureStream(streams, messages, await findStream(streams, messages.name), subjects)
  }
}

/** @throws the error unless it is a refusal */
function asRefused(error: unknown): 'refused' {
  if (!isJetStreamRefusal(error)) throw error
  return 'refused'
}

const common = {
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(keptMs),
  max_bytes: maxBytes,
  duplicate_window: nanos(recognizedMs),
}

const statusMessages = {
  ...common,
  max_msgs_per_subject: maxMessagesPerSubject,
  description: 'Status messages of the performance optimizer',
}

/** Where, how long and how safely a stream keeps messages: readings are kept no worse than the other messages, which wait behind them. */
const keepingOf = ({ storage, num_replicas, placement, max_age, max_bytes, duplicate_window }: StreamConfig) => ({
  storage,
  num_replicas,
  ...(placement && { placement }),
  max_age,
  max_bytes,
  duplicate_window,
})

/** The settings of a new stream. */
interface NewStream extends Partial<StreamConfig> {
  name: string
}

/** @param config what it has now; undefined if it does not exist. @param given a subject that it is to lose */
async function ensureStream(
  streams: StreamAPI,
  created: NewStream,
  config: StreamConfig | undefined,
  subjects: readonly string[],
  given?: string,
): Promise<void> {
  const kept = config?.subjects.filter((subject) => subject !== given) ?? []
  const missing = subjects.filter((subject) => !kept.some((pattern) => matchesSubject(pattern, subject)))
  if (!config) return void (await streams.add({ ...created, subjects: missing }))
  const limit = created.max_msgs_per_subject
  // An earlier version created the stream without the limit.
  const isUnlimited = limit !== undefined && config.max_bytes === maxBytes && config.max_msgs_per_subject === -1
  const isComplete = missing.length === 0 && kept.length === config.subjects.length
  if (isUnlimited || !isComplete) {
    const limited = isUnlimited ? { max_msgs_per_subject: limit } : {}
    await streams.update(created.name, { ...config, ...limited, subjects: [...kept, ...missing] })
  }
}

/** The settings of a stream; undefined if it does not exist. */
const findStream = async (streams: StreamAPI, name: string): Promise<StreamConfig | undefined> =>
  (await findStreamInfo(streams, name))?.config

/** The settings and the state of a stream; undefined if it does not exist. */
export async function findStreamInfo(streams: StreamAPI, name: string): Promise<StreamInfo | undefined> {
  try {
    return await streams.info(name)
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined
    throw error
  }
}

/** Whether JetStream is refused to this account, user or stream; anything else, such as no answer, may pass by itself. */
export function isJetStreamRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  if (error instanceof JetStreamApiError) return error.status < serverFailure || exceedsResources.includes(error.code)
  // The library does not export the class.
  return error.name === 'JetStreamNotEnabled' || [error, error.cause].some((each) => each instanceof PermissionViolationError)
}
