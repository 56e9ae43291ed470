import { formatMs, formatOrdinal, formatRatio } from '../../../model/format.ts'
import type { PairReading } from '../../../model/readings.ts'

/** The cost of a message between two agents. */
export interface PairCost {
  pair: PairReading
  /** Time until agreement is reached, milliseconds. */
  settledMs: number
}

/** A pair that never agrees counts as if one in this many negotiations succeeded. */
const rarest = 20

/**
 * The pairs that negotiate, the slowest first, by the time until a message is settled: delivered (lost ones are sent again), its
 * conflict resolved, and agreed to (refused ones are negotiated again).
 */
export function rankSlowestPairs(pairs: readonly PairReading[]): PairCost[] {
  return pairs
    .filter(({ messages, negotiations }) => messages > 0 && negotiations > 0)
    .map((pair) => ({ pair, settledMs: settledMs(pair) }))
    .sort((a, b) => b.settledMs - a.settledMs)
}

function settledMs({ messages, delivered, latencyMs, negotiations, agreed, conflictResolutionMs }: PairReading): number {
  const attempt = (latencyMs.mean ?? 0) * (messages / Math.max(1, delivered))
  const conflict = (conflictResolutionMs.mean ?? 0) * (conflictResolutionMs.count / messages)
  return (attempt + conflict) / Math.max(agreed / negotiations, 1 / rarest)
}

/** "hunter → analyzer is the slowest pair: latency 40 ms, 12% resent or renegotiated, conflicts take 900 ms" */
export function describePair({ pair }: PairCost, rank: number): string {
  const { fromAgent, toAgent, messages, delivered, latencyMs, negotiations, agreed, conflictResolutionMs } = pair
  const retried = 1 - (delivered / messages) * (agreed / negotiations)
  const facts = [
    ...(latencyMs.mean === null ? [] : [`latency ${formatMs(latencyMs.mean)}`]),
    `${formatRatio(retried, 2)} resent or renegotiated`,
    ...(conflictResolutionMs.mean === null ? [] : [`conflicts take ${formatMs(conflictResolutionMs.mean)}`]),
  ]
  return `${fromAgent} → ${toAgent} is the ${rank === 0 ? '' : `${formatOrdinal(rank + 1)}-`}slowest pair: ${facts.join(', ')}`
}
