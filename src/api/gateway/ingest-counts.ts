import type { RequestName } from '../../messaging/requests.ts'
import { toCleanText } from '../../model/text.ts'

/** A request of the agent protocol, reports as lines, or one of the kinds of OpenTelemetry data. */
export type CountedRequest = RequestName | 'records' | 'traces' | 'metrics' | 'logs'

/** Maximum number of names that are counted separately: invented names must not fill the memory. */
const maxNames = 200
const longestName = 100
const others = 'others'

/** Counts of the gateway's answers since it started. */
export class IngestCounts {
  accepted = 0
  refused = 0
  /** Spans, scores and self-reported values from OpenTelemetry data. */
  readonly telemetry = { accepted: 0, refused: 0 }
  /** Data points of OpenTelemetry metrics that were ignored, by name. */
  readonly ignoredPoints = new Map<string, number>()
  /** Calls of language models whose cost is unknown, by model. */
  readonly unpriced = new Map<string, number>()
  readonly requests = new Map<string, { request: CountedRequest; status: number; count: number }>()

  addAnswer(request: CountedRequest, status: number): void {
    const key = `${request} ${status}`
    const known = this.requests.get(key) ?? { request, status, count: 0 }
    this.requests.set(key, { ...known, count: known.count + 1 })
  }

  addRecords(accepted: number, refused: number): void {
    this.accepted += accepted
    this.refused += refused
  }

  addIgnoredPoints(points: ReadonlyMap<string, number>): void {
    addByName(this.ignoredPoints, points)
  }

  addUnpriced(calls: ReadonlyMap<string, number>): void {
    addByName(this.unpriced, calls)
  }

  addTelemetry(accepted: number, refused: number): void {
    this.telemetry.accepted += accepted
    this.telemetry.refused += refused
  }
}

function addByName(counts: Map<string, number>, added: ReadonlyMap<string, number>): void {
  for (const [full, count] of added) {
    const each = toCleanText(full, longestName)
    const name = counts.has(each) || counts.size < maxNames ? each : others
    counts.set(name, (counts.get(name) ?? 0) + count)
  }
}
