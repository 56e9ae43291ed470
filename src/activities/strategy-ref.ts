import type { StrategyRef } from '../contract/activities.ts'
import type { Strategy } from '../model/strategy.ts'

/** What workflows know of a strategy. */
export function toStrategyRef({ id, type, agentId, priority, description, actions, asks }: Strategy): StrategyRef {
  const changes = actions.map(({ knob, from, to }) => `${knob} ${String(from)} → ${String(to)}`).join(', ')
  return { id, type, agentId, priority, description, changes, ...(asks && { asks: true }) }
}
