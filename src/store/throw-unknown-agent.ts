import { OptimizerError } from '../model/errors.ts'

/** @throws OptimizerError `unknown-agent`, always */
export function throwUnknownAgent(agentId: string): never {
  throw new OptimizerError('unknown-agent', `There is no agent ${agentId}; an agent must announce itself first.`)
}
