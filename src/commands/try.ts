import { formatOutcome } from '../terminal/format-trial.ts'
import { print } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import { exitCodes } from './exit-codes.ts'
import { parseAssignments } from './parse-assignments.ts'
import { withClient } from './with-client.ts'

interface TryOptions {
  set: Map<string, string>
  wait: boolean
  json?: boolean
}

export async function tryChange(agentId: string, { set, wait, json }: TryOptions): Promise<void> {
  await withClient(async (client) => {
    const trial = await client.tryChange(agentId, await parseAssignments(client, agentId, set), currentUser())
    const { workflowId } = trial
    if (!wait) return console.log(json ? JSON.stringify({ workflowId }) : `Started ${workflowId}.`)
    const outcome = await trial.result()
    if (outcome.verdict === 'not-started') process.exitCode = exitCodes.refused
    else if (outcome.verdict !== 'keep') process.exitCode = exitCodes.notProven
    print(outcome, formatOutcome, json)
  })
}
