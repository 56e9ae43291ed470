import type { PairReading } from '../../../model/readings.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

/** What a message between two agents costs. */
export interface PairCost {
  pair: PairReading
  /** Until what was to be agreed on is agreed on, milliseconds. */
  settledMs: number
}

/** A pair that never agrees counts as if one in so many messages were agreed to. */
const rarest = 20

/**
 * The pairs that negotiate, the slowest first: by the time until a message is settled, that is delivered (what is lost is sent again),
 * its conflict resolved, and agreed to (what is refused is negotiated again).
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

/** "hunter → analyzer is the slowest pair: latency 40 ms, 12 % of its messages retried, conflicts take 900 ms" */
export function describePair({ pair }: PairCost, rank: number): string {
  const { fromAgent, toAgent, messages, delivered, latencyMs, negotiations, agreed, conflictResolutionMs } = pair
  const retried = 1 - (delivered / messages) * (agreed / negotiations)
  const facts = [
    ...(latencyMs.mean === null ? [] : [`latency ${roundToDecimals(latencyMs.mean)} ms`]),
    `${Math.round(100 * retried)} % to be sent or negotiated again`,
    ...(conflictResolutionMs.mean === null ? [] : [`conflicts take ${Math.round(conflictResolutionMs.mean)} ms`]),
  ]
  return `${fromAgent} → ${toAgent} is ${rank === 0 ? 'the slowest pair' : `the ${rank + 1}. slowest pair`}: ${facts.join(', ')}`
}
