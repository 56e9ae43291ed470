import type { ApprovalOutcome } from '../model/approval.ts'
import { resolveTrialId } from '../reading/short-ids.ts'
import { printMessage } from '../terminal/print.ts'
import { getReason, type ReasonOptions } from './arguments.ts'
import { getCurrentUser } from './current-user.ts'
import { exitCodes } from './exit-codes.ts'
import { withClient } from './with-client.ts'

export async function approve(trialId: string, options: ReasonOptions): Promise<void> {
  await decide(trialId, true, getReason(options))
}

export async function decline(trialId: string, options: ReasonOptions): Promise<void> {
  await decide(trialId, false, getReason(options))
}

async function decide(id: string, approve: boolean, reason: string): Promise<void> {
  await withClient(async (client) => {
    const trialId = await resolveTrialId(client, id)
    const decided = await client.decide(trialId, { approve, by: getCurrentUser(), reason })
    if (decided.counted)
      return printMessage(approve ? `${trialId} is approved; it starts as soon as nothing blocks it.` : `${trialId} is declined.`)
    printMessage(formatEarlierDecision(trialId, decided))
    if (decided.approve !== approve) process.exitCode = exitCodes.refused
  })
}

function formatEarlierDecision(trialId: string, { approve, by, reason }: ApprovalOutcome): string {
  return `${trialId} was already ${approve ? 'approved' : 'declined'} by ${by}${reason && `: ${reason}`}.`
}
