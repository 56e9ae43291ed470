import type { CycleResult } from '../contract/workflows.ts'
import { takeLinesWithinBytes, takeWithinBytes } from '../model/payload.ts'
import { truncateToBytes } from '../model/text.ts'

/** Bytes of the payload of a result; what is left of it is for the other fields. */
const outcomesBytes = 2_200
const linesBytes = 750
const longestReasonBytes = 200

/** A cycle's result as far as it fits into one payload. @param where the record that has all of it */
export function summarizeCycle({ outcomes, deferred, skipped, ...others }: CycleResult, where: string): CycleResult {
  const short = outcomes.map((outcome) => ({ ...outcome, reason: truncateToBytes(outcome.reason, longestReasonBytes) }))
  const taken = takeWithinBytes(short, outcomesBytes)
  const moreOutcomes = outcomes.length - taken.length
  return {
    ...others,
    outcomes: taken,
    ...(moreOutcomes > 0 && { moreOutcomes }),
    deferred: takeLinesWithinBytes(deferred, linesBytes, where),
    skipped: takeLinesWithinBytes(skipped, linesBytes, where),
  }
}
