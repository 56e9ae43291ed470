import type { FinishedTrial, KnobChange } from '../../model/finished-trial.ts'
import { isSameValue } from '../../model/knob.ts'

/** How long a change that was rolled back is not tried again. */
const restMs = 24 * 3_600_000

export interface RecentRollback {
  /** The knob to leave alone to make it a different change. */
  knob: string
  /** True if the judge rolled back the whole change; false if someone else rolled back a change of one of its knobs. */
  isWhole: boolean
  /** The changes that were rolled back. */
  changes: readonly KnobChange[]
  /** Milliseconds since the epoch. */
  until: number
}

/**
 * The recent rollback that forbids a change: a rollback of the same change by the judge, or a rollback by someone else of any part of it
 * or of a smaller step in the same direction, because that does not tell which part was unwelcome.
 * @param trials of the agent
 */
export function findRecentRollback(
  changes: readonly KnobChange[],
  trials: readonly FinishedTrial[],
  now: number,
): RecentRollback | undefined {
  for (const { changes: earlier, unjudged, at, verdict } of trials) {
    const until = at + restMs
    if (verdict !== 'roll-back' || until <= now) continue
    const repeated = changes.find((change) => earlier.some((other) => isAsFar(change, other)))
    if (unjudged && repeated) return { knob: repeated.knob, isWhole: false, changes: earlier, until }
    if (isSameChange(changes, earlier)) return { knob: changes[0]!.knob, isWhole: true, changes: earlier, until }
  }
  return undefined
}

/** The recent rollbacks on an agent that still forbid a change. */
export function listRecentRollbacks(trials: readonly FinishedTrial[], now: number): (FinishedTrial & { until: number })[] {
  return trials
    .filter(({ at, verdict, changes }) => verdict === 'roll-back' && at + restMs > now && changes.length > 0)
    .map((trial) => ({ ...trial, until: trial.at + restMs }))
}

function isAsFar(change: KnobChange, earlier: KnobChange): boolean {
  if (change.knob !== earlier.knob) return false
  const [from, to, reached] = [earlier.from, earlier.to, change.to]
  if (typeof from !== 'number' || typeof to !== 'number' || typeof reached !== 'number') return isSameValue(reached, to)
  return to > from ? reached >= to : reached <= to
}

const isSameChange = (a: readonly KnobChange[], b: readonly KnobChange[]) =>
  a.length > 0 &&
  a.length === b.length &&
  a.every(({ knob, to }) => b.some((other) => other.knob === knob && isSameValue(other.to, to)))
