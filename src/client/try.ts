import { retryRequestSchema, type TrialInput, trialInputSchema } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import type { ReadContext } from '../reading/context.ts'
import { readOptimizerState } from '../reading/policy.ts'
import { findAgent } from '../store/agents.ts'
import { findApproval } from '../store/approvals.ts'
import { findStrategy } from '../store/strategies.ts'
import { findTrial } from '../store/trials.ts'
import { startTrial, type WorkflowStarter } from '../temporal/starters.ts'
import { waitForWorkflowResult } from '../temporal/waiting.ts'
import { admitTrial } from '../trials/admit.ts'
import { planRequestedTrial } from '../trials/plan-request.ts'
import { recordRequest } from './record-request.ts'
import type { StartedTrial } from './started-workflow.ts'

type Client = WorkflowStarter & ReadContext

/** See `OptimizerClient.tryChange`. */
export async function tryChange(client: Client, request: Omit<TrialInput, 'strategyId'>, reason: string): Promise<StartedTrial> {
  const input = nameTrial(request)
  await planRequestedTrial(client, input)
  const started = await start(client, input)
  const { agentId: subject, requestedBy: actor, values } = input
  const { trialId, workflowId } = started
  await recordRequest(client.db, { action: 'trial.requested', actor, subject, reason, workflowId, detail: { trialId, values } })
  return started
}

/**
 * Tries the change of a trial or of a deferred strategy again, as a new trial: from the values in force to the same new values.
 * The rules of admission are evaluated first, but for the limits on trials, so that a refusal is answered at once; the trial itself evaluates
 * all of them.
 * @throws OptimizerError `unknown-trial`, `trial-open`, `awaiting-decision`, those of `tryChange`, and the code of the first rule that
 * forbids it; ZodError if the request has no name.
 */
export async function retryTrial(client: Client, trialId: string, by: string, note = ''): Promise<StartedTrial> {
  const { by: actor, reason } = retryRequestSchema.parse({ trialId, by, reason: note })
  const { agentId, actions } = await getStrategyToRetry(client, trialId)
  const values = Object.fromEntries(actions.map(({ knob, to }) => [knob, to]))
  const input = nameTrial({ agentId, values, requestedBy: actor, repeats: trialId })
  const strategy = await planRequestedTrial(client, input)
  const { kind } = (await findAgent(client.db, agentId))!
  const { policy } = await readOptimizerState(client)
  await admitTrial(client.db, client.config, { strategy, kind, policy }).catch((error) => {
    // Which limits apply depends on how long the trial takes, which it finds out itself.
    if (!isLimit(error)) throw error
  })
  const started = await start(client, input)
  const { workflowId } = started
  const detail = { trialId: started.trialId }
  await recordRequest(client.db, { action: 'trial.retried', actor, subject: agentId, reason, cause: trialId, workflowId, detail })
  return started
}

const isLimit = (error: unknown) => error instanceof OptimizerError && ['trial-limit', 'candidate-limit'].includes(error.code)

async function getStrategyToRetry({ db }: Client, trialId: string) {
  const [strategy, trial, approval] = await Promise.all([
    findStrategy(db, trialId),
    findTrial(db, trialId),
    findApproval(db, trialId),
  ])
  if (!strategy) throw new OptimizerError('unknown-trial', `There is no trial ${trialId}; see npx optimizer trials.`)
  if (trial && !trial.endedAt) throw new OptimizerError('trial-open', `${trialId} has not ended; it can be retried once it has.`)
  if (approval?.state === 'open')
    throw new OptimizerError('awaiting-decision', `${trialId} is waiting for approval; approve or decline it instead.`)
  return strategy
}

const nameTrial = (request: Omit<TrialInput, 'strategyId'>): TrialInput =>
  trialInputSchema.parse({ strategyId: `opt_${Date.now()}_${Math.random().toString(36).slice(2, 7)}`, ...request })

async function start(client: Client, input: TrialInput): Promise<StartedTrial> {
  const handle = await startTrial(client, input)
  const { workflowId } = handle
  return { trialId: input.strategyId, workflowId, result: (signal) => waitForWorkflowResult(handle, signal) }
}
