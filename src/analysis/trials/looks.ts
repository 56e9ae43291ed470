import type { TrialDesign } from '../../model/trial.ts'

/**
 * When a trial outside a cycle is examined again: a trial of hours need not be examined as often as one of seconds. Times are multiples
 * of `trials.lookEveryMs`, so from 10 seconds to 10 minutes by default.
 */
const SHORTEST = 5
/** Harm is noticed within this time, however rarely the agent works. */
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

/** A trial ends when the instances to compare with have been gone for this long, milliseconds: new ones do not belong to it. */
export const GONE_LIMIT_MS = 30 * 60_000

/**
 * Since when (ms since the epoch) nothing can be compared any more, because every instance of the control is gone, or with a single instance
 * that one; undefined otherwise. A candidate that is gone while the control works is silent, which the judge notices.
 * @param noticedAt when an earlier look found this
 */
export function findGoneSince(
  { design, control, candidate }: { design: TrialDesign; control: readonly string[]; candidate: readonly string[] },
  gone: readonly string[],
  { noticedAt, now }: { noticedAt: number | undefined; now: number },
): number | undefined {
  const compared = design === 'concurrent' ? control : candidate
  const isGone = compared.length > 0 && compared.every((instance) => gone.includes(instance))
  return isGone ? (noticedAt ?? now) : undefined
}

/** The lifetime of a trial's lock after a look, so that it outlives the wait for the next one. */
export const computeLockLifetimeMs = ({ lockMs, lookEveryMs }: { lockMs: number; lookEveryMs: number }) =>
  getLongestWaitMs(lookEveryMs) + lockMs

/**
 * Milliseconds for which a trial is still observed, from its length and what has passed; below 0 once the time is up. An anomaly of both arms
 * makes it longer by the time that was left out, at most twice as long.
 */
export const computeRemainingMs = ({
  observeMs,
  observedMs,
  leftOutMs,
}: {
  observeMs: number
  observedMs: number
  leftOutMs: number
}) => observeMs + Math.min(leftOutMs, observeMs) - observedMs
