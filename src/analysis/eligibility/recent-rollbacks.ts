import type { FinishedTrial, KnobChange } from '../../model/finished-trial.ts'
import { isSameValue } from '../../model/knob.ts'
import { type CooldownRelease, findReleaseTime } from './releases.ts'

/** How long a change that was rolled back is not tried again. */
const cooldownMs = 24 * 3_600_000

export interface RecentRollback {
  /** The knob to leave alone to make it a different change. */
  knob: string
  /** True if the judge rolled back the whole change at the end of its trial; false if a part of it was rolled back otherwise. */
  isWhole: boolean
  /** The change had been kept, and was undone or overridden later. */
  wasKept: boolean
  /** The changes that were rolled back. */
  changes: readonly KnobChange[]
  /** Milliseconds since the epoch. */
  until: number
}

/**
 * The recent rollback that forbids a change: a rollback of the same change by the judge, or a rollback by someone else, or for late harm,
 * of any part of it or of a smaller step in the same direction, because that does not tell which part was unwelcome.
 * @param trials of the agent
 * @param releases of the agent by people: a knob that was released since may be tried again
 */
export function findRecentRollback(
  changes: readonly KnobChange[],
  trials: readonly FinishedTrial[],
  now: number,
  releases: readonly CooldownRelease[] = [],
): RecentRollback | undefined {
  for (const { changes: earlier, isEvidence, wasKept, at, until } of listRecentRollbacks(trials, now)) {
    const resting = earlier.filter(({ knob }) => findReleaseTime(releases, knob) < at)
    const repeated = changes.find((change) => resting.some((other) => goesAtLeastAsFar(change, other)))
    if (!isEvidence && repeated) return { knob: repeated.knob, isWhole: false, wasKept, changes: earlier, until }
    if (resting.length === earlier.length && isSameChange(changes, earlier))
      return { knob: changes[0]!.knob, isWhole: true, wasKept, changes: earlier, until }
  }
  return undefined
}

/** The recent rollbacks on an agent, at once or later; `at` and `until` in milliseconds since the epoch. */
export function listRecentRollbacks(trials: readonly FinishedTrial[], now: number) {
  return trials
    .filter(({ verdict, undoneAt, changes }) => (verdict === 'roll-back' || undoneAt !== undefined) && changes.length > 0)
    .map(({ changes, verdict, unjudged, undoneAt, at: endedAt }) => {
      const at = undoneAt ?? endedAt
      const wasKept = undoneAt !== undefined
      // The figures of a kept change do not show what it was undone for, so they do not keep larger steps away.
      const isEvidence = verdict === 'roll-back' && !unjudged && !wasKept
      return { changes, isEvidence, wasKept, at, until: at + cooldownMs }
    })
    .filter(({ until }) => until > now)
}

/** Whether a change goes as far as an earlier one of the same knob, or further. */
export function goesAtLeastAsFar(change: KnobChange, earlier: KnobChange): boolean {
  if (change.knob !== earlier.knob) return false
  const [from, to, reached] = [earlier.from, earlier.to, change.to]
  if (typeof from !== 'number' || typeof to !== 'number' || typeof reached !== 'number') return isSameValue(reached, to)
  return to > from ? reached >= to : reached <= to
}

export const isSameChange = (a: readonly KnobChange[], b: readonly KnobChange[]) =>
  a.length > 0 &&
  a.length === b.length &&
  a.every(({ knob, to }) => b.some((other) => other.knob === knob && isSameValue(other.to, to)))
