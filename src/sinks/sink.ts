import type { Severity } from '../model/bottleneck.ts'

/** An alert as its receivers see it. */
export interface AlertNotice {
  id: number
  /** `medium` for a warning, `critical`, and so on; `resolved` once it is over. */
  state: Severity | 'resolved'
  cause: string
  /** Its subject, for example `cpuPercent of host-1`. */
  component: string
  /** Of a threshold: the metric, and the agent or component it is measured of. */
  metric: string | null
  subject: string | null
  /** The agent concerned, if any. */
  agentId: string | null
  /** The host that it is about, if it is about one or the optimizer's process on it. */
  host: string | null
  /** The trial or request concerned. */
  trialId: string | null
  message: string
  raisedAt: Date
  resolvedAt: Date | null
}

/** A receiver of alerts. Notices may arrive twice: after a failure they are sent again. */
export interface Sink {
  name: string
  /** How often an alert that is still open is sent again, milliseconds; missing if once is enough. */
  repeatMs?: number
  /** Whether `send` records what it was told, together with it. */
  recordsItself?: true
  /**
   * Sends alerts of the same cause and metric together. Throws unless the receiver has them.
   * @param known the state last sent to the receiver, by the id of the alert
   */
  send(notices: readonly AlertNotice[], known: ReadonlyMap<number, string>): Promise<void>
}

const timeoutMs = 5_000

/** Posts JSON. @throws Error if the receiver does not answer within 5 seconds, or not with success */
export async function postJson(url: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`)
}
