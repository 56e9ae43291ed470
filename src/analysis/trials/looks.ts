/**
 * When a trial outside a cycle is looked at again: a trial of hours need not be looked at as often as one of seconds. Times are multiples
 * of `trials.lookEveryMs`, so from 10 seconds to 10 minutes by default.
 */
const SHORTEST = 5
/** Harm is noticed this soon, however rarely the agent works. */
const LONGEST = 300

/**
 * Milliseconds until the next look: about the time in which the smaller arm gets another sample. The judge uses what is in by the last
 * of its own looks, which are counts of samples, so its error rates do not depend on this.
 * @param samples in the smaller arm after `elapsedMs`
 */
export function planNextLook({ samples, elapsedMs }: { samples: number; elapsedMs: number }, lookEveryMs: number): number {
  const perSample = Math.round(elapsedMs / Math.max(1, samples))
  return Math.min(getLongestWaitMs(lookEveryMs), Math.max(SHORTEST * lookEveryMs, perSample))
}

/** The longest time between two looks, milliseconds. */
export const getLongestWaitMs = (lookEveryMs: number) => LONGEST * lookEveryMs

/** The lifetime of a trial's lock after a look, so that it outlives the wait for the next one. */
export const computeLockMs = ({ lockMs, lookEveryMs }: { lockMs: number; lookEveryMs: number }) =>
  getLongestWaitMs(lookEveryMs) + lockMs
