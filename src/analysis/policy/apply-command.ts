import type { Command } from '../../model/commands.ts'
import type { Policy } from '../../model/policy.ts'

/** The policy after a command of B12. Commands cannot exceed the lowest or highest level. */
export function applyCommand(policy: Policy, command: Command): Policy {
  switch (command.type) {
    case 'increaseAggressiveness':
      return withAskedLevel(policy, Math.min(5, policy.aggressivenessAsked + 1))
    case 'decreaseAggressiveness':
      return withAskedLevel(policy, Math.max(1, policy.aggressivenessAsked - 1))
    case 'setAggressiveness':
      return withAskedLevel(policy, command.level)
    case 'focusOnAgent':
      return { ...policy, focus: command.agentId }
    case 'clearFocus':
      return { ...policy, focus: null }
    case 'optimizeSystemPerformance':
      return { ...policy, focus: null, resourceMode: 'normal' }
    case 'reduceResourceConsumption':
      return { ...policy, resourceMode: 'reduce' }
    case 'pause':
    case 'abort':
      return { ...policy, paused: true }
    case 'resume':
      return { ...policy, paused: false }
    case 'release':
      return policy
  }
}

/** A person's command overrides the optimizer's own adaptation until the next cycle has ended. */
function withAskedLevel(policy: Policy, level: number): Policy {
  return { ...policy, aggressiveness: level, aggressivenessAsked: level }
}
