import type { StrategyRef } from '../contract/activities.ts'
import { describePool, formatChanges } from '../model/format.ts'
import type { Strategy } from '../model/strategy.ts'
import { truncateToBytes } from '../model/text.ts'

/** Room for the description in a summary of Temporal's, which has at most 400 bytes. */
const longestDescriptionBytes = 300
const longestChangesBytes = 500

/** The part of a strategy that workflows need. */
export function toStrategyRef(strategy: Strategy): StrategyRef {
  const { id, type, agentId, priority, description, actions, asks, restarts, observation } = strategy
  return {
    id,
    type,
    agentId,
    priority,
    description: truncateToBytes([description, ...describePool(strategy)].join('; '), longestDescriptionBytes),
    changes: truncateToBytes(formatChanges(actions), longestChangesBytes),
    ...(asks && { asks: true }),
    ...(restarts && { restarts }),
    ...(observation && { alone: true }),
  }
}
