import { retryTrial } from '../client/try.ts'
import { resolveTrialId } from '../reading/short-ids.ts'
import { formatOutcome } from '../terminal/format-trial.ts'
import { print } from '../terminal/print.ts'
import { getReason, type ReasonOptions } from './arguments.ts'
import { getCurrentUser } from './current-user.ts'
import { exitCodes } from './exit-codes.ts'
import { parseAssignments } from './parse-assignments.ts'
import { withClient } from './with-client.ts'

interface WaitOptions {
  wait: boolean
  json?: boolean
}

export async function runTry(
  agentId: string,
  { set, reason, ...options }: WaitOptions & { set: Map<string, string>; reason?: string },
): Promise<void> {
  await withClient(async (client) => {
    const trial = await client.tryChange(agentId, await parseAssignments(client, agentId, set), getCurrentUser(), reason)
    await followTrial(trial, options)
  })
}

export async function retry(id: string, options: WaitOptions & ReasonOptions): Promise<void> {
  await withClient(async (client) => {
    const trialId = await resolveTrialId(client, id)
    await followTrial(await retryTrial(client, trialId, getCurrentUser(), getReason(options)), options)
  })
}

async function followTrial(
  { workflowId, result }: Awaited<ReturnType<typeof retryTrial>>,
  { wait, json }: WaitOptions,
): Promise<void> {
  if (!wait) return console.log(json ? JSON.stringify({ workflowId }) : `Started ${workflowId}.`)
  const outcome = await result()
  if (outcome.verdict === 'not-started') process.exitCode = exitCodes.refused
  else if (outcome.verdict !== 'keep') process.exitCode = exitCodes.notProven
  print(outcome, formatOutcome, json)
}
