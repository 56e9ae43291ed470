import { OptimizerError } from '../model/errors.ts'
import type { Explanation } from '../model/explanation.ts'
import type { ReadContext } from './context.ts'
import { loadAgentExplanation } from './explain-agent.ts'
import { loadTrialExplanation } from './explain-trial.ts'

/**
 * Explains a trial, a strategy (their id is the same) or an agent in plain sentences.
 * @throws OptimizerError `unknown-subject`
 */
export async function explain(context: ReadContext, id: string): Promise<Explanation> {
  const found = (await loadTrialExplanation(context.db, id)) ?? (await loadAgentExplanation(context, id))
  if (found) return found
  throw new OptimizerError('unknown-subject', `There is no trial, strategy or agent ${id}; npx optimizer status lists them.`)
}
