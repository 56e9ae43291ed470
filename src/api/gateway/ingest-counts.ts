import type { RequestName } from '../../messaging/requests.ts'

/** A request of the agent protocol, reports as lines, or one of the kinds of OpenTelemetry data. */
export type CountedRequest = RequestName | 'records' | 'traces' | 'metrics' | 'logs'

/** Counts of the gateway's answers since it started. */
export class IngestCounts {
  accepted = 0
  refused = 0
  /** Spans, scores and figures of OpenTelemetry data. */
  readonly telemetry = { accepted: 0, refused: 0 }
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

  addTelemetry(accepted: number, refused: number): void {
    this.telemetry.accepted += accepted
    this.telemetry.refused += refused
  }
}
