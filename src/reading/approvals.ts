import { z } from 'zod'
import { recordedApprovalSchema } from '../model/records.ts'
import { strategySchema } from '../model/strategy.ts'
import { listOpenApprovals, type PendingApproval } from '../store/approvals.ts'
import type { ReadingContext } from './context.ts'

export const approvalViewSchema = recordedApprovalSchema.extend({
  trialId: z.string(),
  agentId: z.string(),
  strategy: strategySchema.describe('The change to approve'),
})

/** The open requests for approval, oldest first. */
export async function readApprovals({ db }: ReadingContext): Promise<PendingApproval[]> {
  return await listOpenApprovals(db)
}
