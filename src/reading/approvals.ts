import { z } from 'zod'
import { recordedApprovalSchema } from '../model/recorded.ts'
import { strategySchema } from '../model/strategy.ts'
import { openApprovals, type RequestedApproval } from '../store/approvals.ts'
import type { ReadingContext } from './context.ts'

export const approvalViewSchema = recordedApprovalSchema.extend({
  trialId: z.string(),
  agentId: z.string(),
  strategy: strategySchema.describe('What would be changed'),
})

/** What waits for a person's approval, oldest first. */
export async function readApprovals({ db }: ReadingContext): Promise<RequestedApproval[]> {
  return await openApprovals(db)
}
