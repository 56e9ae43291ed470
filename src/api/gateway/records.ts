/** Reports as newline-delimited JSON: any number of records in one request, stored in batches. */
import { createHash, type Hash, randomUUID } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import type { ReportBatch, ReportResponse } from '../../messaging/protocol.ts'
import { OptimizerError } from '../../model/errors.ts'
import { toUuid } from '../../model/uuid.ts'
import { readChunks } from '../limit-body.ts'
import { type NdjsonLine, readLines } from './ndjson-lines.ts'

/** Bytes of a request, decompressed. */
const longestStream = 256 * 1024 * 1024
const recordsPerBatch = 1_000
const bytesPerBatch = 4 * 1024 * 1024
/** Maximum number of refused records listed in the response. */
const explainedRefusals = 1_000

const lists = {
  execution: 'executions',
  decision: 'decisions',
  message: 'messages',
  state: 'states',
  selfReport: 'selfReports',
  score: 'scores',
} as const
type RecordKind = keyof typeof lists

export const recordsResponseSchema = z.object({
  accepted: z.int(),
  refused: z.int(),
  refusals: z.array(z.object({ line: z.int(), reason: z.string() })).describe('The first 1,000'),
})
export type RecordsResponse = z.infer<typeof recordsResponseSchema>

export interface RecordStream {
  agentId: string
  instanceId: string
  body: ReadableStream<Uint8Array>
  isCompressed: boolean
  /** Identifies the request, so that it counts once even if it is sent again. */
  idempotencyKey: string | undefined
}

/**
 * Stores the records of a stream, batch by batch: while one is stored, the next is read, and the sender waits beyond that. Sent again with
 * the same idempotency key, what was stored counts once, also if the stream broke off.
 * @param store stores a batch
 * @throws OptimizerError `broken-stream` or `stalled` after the batches before the break are stored, `too-large`
 */
export async function storeRecords(
  { agentId, instanceId, body, isCompressed, idempotencyKey }: RecordStream,
  store: (batch: ReportBatch) => Promise<ReportResponse>,
): Promise<RecordsResponse> {
  const response: RecordsResponse = { accepted: 0, refused: 0, refusals: [] }
  const refuse = (line: number, reason: string) => {
    response.refused++
    if (response.refusals.length < explainedRefusals) response.refusals.push({ line, reason })
  }
  const isNamed = idempotencyKey !== undefined
  const storeBatch = async ({ numbers, entries, size, hash }: Batch, position: number) => {
    if (size === 0) return
    const name = JSON.stringify([instanceId, idempotencyKey, position])
    const batchId = hash ? toUuid(hash.update(name).digest('hex')) : randomUUID()
    const { accepted, rejected } = await store({ agentId, instanceId, batchId, sentAt: Date.now(), ...entries })
    response.accepted += accepted
    for (const { list, index, reason } of rejected) refuse(numbers[list as keyof typeof numbers]?.[index] ?? 0, reason)
  }
  let batch = new Batch(isNamed)
  let position = 0
  let storing: Promise<void> = Promise.resolve()
  const storeNext = async () => {
    await storing
    storing = storeBatch(batch, position++)
    // Its error is thrown when the next batch, or the end, waits for it.
    storing.catch(() => undefined)
    batch = new Batch(isNamed)
  }
  try {
    for await (const line of readLines(decompress(body, isCompressed))) {
      const reason = batch.add(line)
      if (reason) refuse(line.number, reason)
      if (batch.size >= recordsPerBatch || batch.bytes >= bytesPerBatch) await storeNext()
    }
  } catch (cause) {
    await storing
    throw cause instanceof OptimizerError ? cause : describeBreak(cause as Error, response)
  }
  await storeNext()
  await storing
  response.refusals.sort((a, b) => a.line - b.line)
  return response
}

/** Records that are stored together. */
class Batch {
  readonly entries = emptyLists<unknown>()
  /** The line of each entry. */
  readonly numbers = emptyLists<number>()
  /** Of the lines, if their request has a name: their values may be nested too deeply to be written as JSON. */
  readonly hash: Hash | undefined
  size = 0
  bytes = 0

  constructor(isNamed: boolean) {
    this.hash = isNamed ? createHash('sha256') : undefined
  }

  /** Returns the reason if the line is not a record. */
  add({ number, bytes, content }: NdjsonLine): string | undefined {
    if ('problem' in content) return content.problem
    const { text, value } = content
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not a JSON object'
    const { record, ...entry } = value as { record?: unknown }
    if (typeof record !== 'string' || !Object.hasOwn(lists, record))
      return `record: must be one of ${Object.keys(lists).join(', ')}`
    const list = lists[record as RecordKind]
    this.entries[list].push(entry)
    this.numbers[list].push(number)
    this.hash?.update(text)
    this.size++
    this.bytes += bytes
    return undefined
  }
}

const emptyLists = <Entry>(): Record<(typeof lists)[RecordKind], Entry[]> => ({
  executions: [],
  decisions: [],
  messages: [],
  states: [],
  selfReports: [],
  scores: [],
})

function decompress(body: ReadableStream<Uint8Array>, isCompressed: boolean): AsyncIterable<Uint8Array> {
  const source = Readable.from(readChunks(body), { objectMode: false })
  // An error of the source destroys the other, which is what is read.
  return limitBytes(isCompressed ? pipeline(source, createGunzip(), () => undefined) : source)
}

async function* limitBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > longestStream)
      throw new OptimizerError(
        'too-large',
        `The request has more than ${longestStream} bytes (256 MiB); send the rest in another request.`,
      )
    yield chunk
  }
}

function describeBreak(cause: Error, { accepted }: RecordsResponse): OptimizerError {
  const message = `The body is truncated or not gzip (${cause.message}); ${accepted} records are stored, and it can be sent again with the same Idempotency-Key.`
  return new OptimizerError('broken-stream', message, { cause })
}
