/** When a trial outside a cycle is looked at again. */

/** Milliseconds. Harm is noticed this soon however rarely the agent works, and the lock is renewed. */
const LONGEST_WAIT_MS = 600_000
/** A trial of hours need not be looked at as often as one of seconds. */
const SLOWER = 5

/**
 * Milliseconds until the next look: about the time in which the smaller arm gets another sample. The judge uses what is in by the last
 * of its own looks, which are counts of samples, so its error rates do not depend on this.
 * @param samples in the smaller arm after `elapsedMs`
 */
export function planNextLook({ samples, elapsedMs }: { samples: number; elapsedMs: number }, lookEveryMs: number): number {
  if (samples === 0) return LONGEST_WAIT_MS
  return Math.min(LONGEST_WAIT_MS, Math.max(SLOWER * lookEveryMs, Math.round(elapsedMs / samples)))
}

/** The lifetime of a trial's lock after a look, so that it outlives the wait for the next one. */
export const lockThroughWait = (lockMs: number) => LONGEST_WAIT_MS + lockMs
