import type { FinishedTrial, KnobChange } from '../../model/finished-trial.ts'
import { isSameValue } from '../../model/knob.ts'

/** What was put back is not tried again for so long. */
const refusedForMs = 24 * 3_600_000

/**
 * The knob for which a change may not be made at present, since it was put back lately: all of it where the judge did so; any of it, or
 * further the same way, where somebody else did, who had no figure to say which part of it was unwelcome.
 * @param trials of the agent
 */
export function findRejectedKnob(
  changes: readonly KnobChange[],
  trials: readonly FinishedTrial[],
  now: number,
): string | undefined {
  const lately = trials.filter(({ at, verdict }) => verdict === 'roll-back' && now - at < refusedForMs)
  for (const { changes: earlier, unjudged } of lately) {
    const repeated = changes.find((change) => earlier.some((other) => isAsFar(change, other)))
    if (unjudged && repeated) return repeated.knob
    if (isSame(changes, earlier)) return changes[0]!.knob
  }
  return undefined
}

function isAsFar(change: KnobChange, earlier: KnobChange): boolean {
  if (change.knob !== earlier.knob) return false
  const [from, to, reached] = [earlier.from, earlier.to, change.to]
  if (typeof from !== 'number' || typeof to !== 'number' || typeof reached !== 'number') return isSameValue(reached, to)
  return to > from ? reached >= to : reached <= to
}

const isSame = (a: readonly KnobChange[], b: readonly KnobChange[]) =>
  a.length === b.length && a.every(({ knob, to }) => b.some((other) => other.knob === knob && isSameValue(other.to, to)))
