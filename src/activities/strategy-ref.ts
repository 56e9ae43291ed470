import type { StrategyRef } from '../contract/activities.ts'
import { formatChanges } from '../model/format.ts'
import type { Strategy } from '../model/strategy.ts'

/** The part of a strategy that workflows need. */
export function toStrategyRef({ id, type, agentId, priority, description, actions, asks }: Strategy): StrategyRef {
  return { id, type, agentId, priority, description, changes: formatChanges(actions), ...(asks && { asks: true }) }
}
