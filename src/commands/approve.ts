import { Command } from 'commander'
import type { ApprovalOutcome } from '../model/approval.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const approveCommand = new Command('approve')
  .description('let a trial that waits for a person begin; npx optimizer status lists them')
  .argument('<trial>')
  .option('--why <text>', 'kept with the decision', '')
  .action(async (trialId: string, { why }) => await decide(trialId, true, why))

export const declineCommand = new Command('decline')
  .description('refuse a trial that waits for a person; its knobs are left alone for a while')
  .argument('<trial>')
  .option('--why <text>', 'kept with the decision', '')
  .action(async (trialId: string, { why }) => await decide(trialId, false, why))

async function decide(trialId: string, approve: boolean, why: string): Promise<void> {
  await withClient(async (client) => {
    const decided = await client.decide(trialId, { approve, by: currentUser(), why })
    if (decided.counted) return console.log(approve ? `${trialId} begins.` : `${trialId} is not done.`)
    console.log(formatEarlierDecision(trialId, decided))
    if (decided.approve !== approve) process.exitCode = 1
  })
}

function formatEarlierDecision(trialId: string, { approve, by, why }: ApprovalOutcome): string {
  return `${trialId} was ${approve ? 'approved' : 'declined'} by ${by} already${why && `: ${why}`}.`
}
