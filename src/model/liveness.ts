/** Milliseconds. An instance sends a heartbeat every second; one that has been silent for this long is not live. */
export const livenessTimeoutMs = 6_000
/** Milliseconds by which an agent's clock may be off before its timestamps are corrected. */
export const toleratedSkewMs = 5_000
/** Silence after which an instance is gone, provided that the optimizer could hear the fleet all that time. */
export const goneAfterMs = 60_000
/** Silence after which an instance is gone in any case. */
export const certainlyGoneAfterMs = 600_000

export type Liveness = 'live' | 'silent' | 'gone'

/** When an instance was heard. */
export interface HeartbeatRecord {
  /** The start of the heartbeats that came without a break up to the last one. */
  heardSince: Date
  heartbeatAt: Date
  /** When it announced its shutdown; null if heard from since. */
  leftAt: Date | null
}

/**
 * Whether an instance is live: its last heartbeat is less than six seconds old. It is gone once it has left, or once it has been silent for
 * a minute in which the optimizer heard others all the time, or for ten minutes; its process is then assumed to have ended. While the
 * optimizer hears nobody, because NATS or the API is away, a minute of silence proves nothing.
 * @param now milliseconds since the epoch
 * @param contactSince `findFleetContactStart` of the whole fleet
 */
export function determineLiveness({ heartbeatAt, leftAt }: HeartbeatRecord, now: number, contactSince: number): Liveness {
  if (leftAt) return 'gone'
  const silentSince = heartbeatAt.getTime()
  if (now - silentSince < livenessTimeoutMs) return 'live'
  const unheardMs = now - Math.max(silentSince, contactSince)
  return unheardMs >= goneAfterMs || now - silentSince >= certainlyGoneAfterMs ? 'gone' : 'silent'
}

/** Whether the liveness of an instance depends on how long the optimizer has heard the fleet: it has been silent for some minutes. */
export const dependsOnContact = ({ heartbeatAt, leftAt }: HeartbeatRecord, now: number): boolean => {
  const silentMs = now - heartbeatAt.getTime()
  return !leftAt && silentMs >= goneAfterMs && silentMs < certainlyGoneAfterMs
}

/**
 * When an instance was last heard from, milliseconds since the epoch.
 * @param keptAliveMs how long its record is kept alive after it was heard: 0 for one that sends heartbeats, which OpenTelemetry has not
 */
export function getLastContact({ heardSince, heartbeatAt, leftAt }: HeartbeatRecord, keptAliveMs: number): number {
  return leftAt?.getTime() ?? Math.max(heardSince.getTime(), heartbeatAt.getTime() - keptAliveMs)
}

/**
 * Since when (ms since the epoch) the optimizer has heard at least one instance without a break; `now` if it hears none.
 * @param fleet the instances of all agents
 */
export function findFleetContactStart(fleet: readonly Omit<HeartbeatRecord, 'leftAt'>[], now: number): number {
  let since = now
  for (const { heardSince, heartbeatAt } of fleet.toSorted((a, b) => b.heartbeatAt.getTime() - a.heartbeatAt.getTime())) {
    if (heartbeatAt.getTime() < since - livenessTimeoutMs) break
    since = Math.min(since, heardSince.getTime())
  }
  return since
}
