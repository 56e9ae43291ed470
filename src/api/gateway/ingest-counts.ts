import type { RequestName } from '../../messaging/requests.ts'

/** A request of the agent protocol, reports as lines, or one of the kinds of OpenTelemetry data. */
export type CountedRequest = RequestName | 'records' | 'traces' | 'metrics' | 'logs'

/** Names of metrics that are counted by themselves; whoever invents names must not fill the memory. */
const mostUnread = 200
const others = 'others'

/** Counts of the gateway's answers since it started. */
export class IngestCounts {
  accepted = 0
  refused = 0
  /** Spans, scores and figures of OpenTelemetry data. */
  readonly telemetry = { accepted: 0, refused: 0 }
  /** Points of metrics of OpenTelemetry that nothing is made of, by name. */
  readonly unread = new Map<string, number>()
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

  addUnread(points: ReadonlyMap<string, number>): void {
    for (const [metric, count] of points) {
      const name = this.unread.has(metric) || this.unread.size < mostUnread ? metric : others
      this.unread.set(name, (this.unread.get(name) ?? 0) + count)
    }
  }

  addTelemetry(accepted: number, refused: number): void {
    this.telemetry.accepted += accepted
    this.telemetry.refused += refused
  }
}
