import { Command } from 'commander'
import type { ApprovalOutcome } from '../model/approval.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const approveCommand = new Command('approve')
  .description('approve a trial that is waiting for approval; npx optimizer status lists them')
  .argument('<trial>')
  .option('--why <text>', 'reason to record with the decision', '')
  .action(async (trialId: string, { why }) => await decide(trialId, true, why))

export const declineCommand = new Command('decline')
  .description('decline a trial that is waiting for approval; its knobs are left alone for a while')
  .argument('<trial>')
  .option('--why <text>', 'reason to record with the decision', '')
  .action(async (trialId: string, { why }) => await decide(trialId, false, why))

async function decide(trialId: string, approve: boolean, why: string): Promise<void> {
  await withClient(async (client) => {
    const decided = await client.decide(trialId, { approve, by: currentUser(), why })
    if (decided.counted) return console.log(approve ? `${trialId} is approved and starts.` : `${trialId} is declined.`)
    console.log(formatEarlierDecision(trialId, decided))
    if (decided.approve !== approve) process.exitCode = 1
  })
}

function formatEarlierDecision(trialId: string, { approve, by, why }: ApprovalOutcome): string {
  return `${trialId} was already ${approve ? 'approved' : 'declined'} by ${by}${why && `: ${why}`}.`
}
