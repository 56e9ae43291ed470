import { formatDuration } from '../../model/format.ts'
import { type DiagnosisFinding, okFinding, warningFinding } from './finding.ts'

/** Clocks that differ by more make the ages of samples and alerts wrong. */
export const maxClockDifferenceMs = 2_000

/**
 * Compares this machine's clock with another one.
 * @param theirs what it showed at some time between the question and now, milliseconds
 * @param askedAt when it was asked, milliseconds by this machine's clock
 */
export function compareClocks(check: string, theirs: number, askedAt: number): DiagnosisFinding {
  const answeredAt = Date.now()
  const difference = theirs < askedAt ? askedAt - theirs : Math.max(0, theirs - answeredAt)
  if (difference <= maxClockDifferenceMs) return okFinding(check, 'agrees with this machine')
  return warningFinding(
    check,
    `differs from this machine by ${formatDuration(difference)}`,
    'synchronize the two clocks, for instance with chrony',
  )
}
