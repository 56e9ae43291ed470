import type { Bottleneck } from '../../../model/bottleneck.ts'
import type { Snapshot } from '../../../model/profile.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { agentBottleneckRules, applyRule, systemRules } from './rules.ts'

/**
 * Everything in the snapshot that is over a threshold (B4): agent by agent in the snapshot's order, the system last.
 * Impacts are rounded to one decimal.
 */
export function detectBottlenecks(snapshot: Snapshot, thresholds: Thresholds): Bottleneck[] {
  const ofAgents = snapshot.agents.flatMap((agent) =>
    agentBottleneckRules.map((rule) => applyRule(rule, agent.agentId, agent, thresholds)),
  )
  const ofSystem = systemRules.map((rule) => applyRule(rule, 'system', snapshot.system, thresholds))
  return [...ofAgents, ...ofSystem].filter((found) => found !== undefined)
}
