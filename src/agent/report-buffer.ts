import {
  agentStateSchema,
  decisionSchema,
  executionSchema,
  messageSchema,
  type ReportBatch,
  scoreSchema,
  selfReportSchema,
} from '../messaging/protocol.ts'
import { describeIssue } from '../model/issue.ts'

const schemas = {
  executions: executionSchema,
  decisions: decisionSchema,
  messages: messageSchema,
  states: agentStateSchema,
  selfReports: selfReportSchema,
  scores: scoreSchema,
}
export type ReportKind = keyof typeof schemas
export type ReportLists = Pick<ReportBatch, ReportKind>

interface Entry {
  list: ReportKind
  content: unknown
  bytes: number
}

const entryLimitBytes = 64 * 1024
/** A batch stays below NATS's limit of 1 MiB per message. */
const batchLimit = { entries: 500, bytes: 512 * 1024 }
const bufferLimit = { entries: 20_000, bytes: 64 * 1024 * 1024 }

/** Entries waiting to be reported, oldest first; when the buffer is full, the oldest are dropped. */
export class ReportBuffer {
  dropped = 0
  readonly #entries: Entry[] = []
  #bytes = 0

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  get hasFullBatch(): boolean {
    return this.#entries.length >= batchLimit.entries
  }

  /**
   * Stores a copy of the entry; later changes to it have no effect.
   * @throws Error if it is malformed, cannot be written as JSON, or is larger than 64 KiB.
   */
  add(list: ReportKind, input: unknown): void {
    const parsed = schemas[list].safeParse(input)
    if (!parsed.success) throw new Error(describeIssue(parsed.error, 'entry'))
    const json = JSON.stringify(parsed.data)
    const bytes = Buffer.byteLength(json)
    if (bytes > entryLimitBytes) throw new Error(`it has ${bytes} bytes; the limit is ${entryLimitBytes}`)
    this.#entries.push({ list, content: JSON.parse(json), bytes })
    this.#bytes += bytes
    while (this.#entries.length > bufferLimit.entries || this.#bytes > bufferLimit.bytes) {
      this.#bytes -= this.#entries.shift()?.bytes ?? 0
      this.dropped++
    }
  }

  /** Removes and returns the oldest entries, as many as fit in one batch. */
  takeBatch(): { size: number; lists: ReportLists } {
    const lists: ReportLists = { executions: [], decisions: [], messages: [], states: [], selfReports: [], scores: [] }
    let size = 0
    let bytes = 0
    for (const entry of this.#entries) {
      if (size === batchLimit.entries || bytes + entry.bytes > batchLimit.bytes) break
      lists[entry.list].push(entry.content)
      bytes += entry.bytes
      size++
    }
    this.#entries.splice(0, size)
    this.#bytes -= bytes
    return { size, lists }
  }
}
