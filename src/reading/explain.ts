import { OptimizerError } from '../model/errors.ts'
import type { Explanation } from '../model/explanation.ts'
import { explainedAgent } from './explain-agent.ts'
import { explainedTrial } from './explain-trial.ts'
import type { OptimizerClient } from '../client/optimizer.ts'

/**
 * Explains a trial, a strategy (their id is the same) or an agent in plain sentences.
 * @throws OptimizerError `unknown-subject`
 */
export async function explain(client: OptimizerClient, id: string): Promise<Explanation> {
  const found = (await explainedTrial(client.db, id)) ?? (await explainedAgent(client, id))
  if (found) return found
  throw new OptimizerError('unknown-subject', `There is no trial, strategy or agent ${id}; npx optimizer status lists them.`)
}
