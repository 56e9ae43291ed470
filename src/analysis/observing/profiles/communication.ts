import type { MeanWithCount, PairReading } from '../../../model/readings.ts'
import { weightedMean } from '../../statistics/summaries.ts'
import { ratio } from './ratios.ts'

/**
 * Metrics from messages between agents (C5): for one agent, the pairs it sends to; for the fleet, all pairs. Messages are counted within
 * 10 minutes; the rest is about the newest 200 messages of each pair within a day. Success is `delivered / sent`, latency the mean. The
 * coordination score is agreed negotiations over all; a message of two that negotiate counts as not agreed if it was not delivered.
 */
export function computeCommunicationMetrics(pairs: readonly PairReading[]) {
  const total = (part: 'messages' | 'delivered' | 'negotiations' | 'agreed') => pairs.reduce((sum, pair) => sum + pair[part], 0)
  return {
    messageCount: pairs.reduce((sum, { volume }) => sum + volume.sent, 0),
    failedMessageCount: pairs.reduce((sum, { volume }) => sum + volume.failed, 0),
    messageSuccessRate: ratio(total('delivered'), total('messages')),
    messageLatencyMs: pooledMean(pairs.map(({ latencyMs }) => latencyMs)),
    conflictResolutionTimeMs: pooledMean(pairs.map(({ conflictResolutionMs }) => conflictResolutionMs)),
    coordinationScore: ratio(total('agreed'), total('negotiations')),
  }
}

function pooledMean(means: readonly MeanWithCount[]): number | null {
  return weightedMean(means.flatMap(({ mean, count }) => (mean === null ? [] : [{ value: mean, weight: count }])))
}
