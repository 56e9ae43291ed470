import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { recordedApprovalSchema } from '../model/records.ts'
import { strategySchema } from '../model/strategy.ts'
import { findApproval, listOpenApprovals, type PendingApproval } from '../store/approvals.ts'
import { findStrategy } from '../store/strategies.ts'
import type { StoredContext } from './context.ts'
import { getShownTargetMetric, shownMetricSchema } from './fleet.ts'

export const approvalViewSchema = recordedApprovalSchema.extend({
  trialId: z.string(),
  agentId: z.string(),
  strategy: strategySchema.describe('The change to approve'),
  metric: shownMetricSchema.describe('The metric that its trial aims to improve'),
})
export type ApprovalView = z.infer<typeof approvalViewSchema>

/** The open requests for approval, oldest first. */
export async function readApprovals({ db }: StoredContext): Promise<ApprovalView[]> {
  const approvals = await listOpenApprovals(db)
  return approvals.map((approval) => ({ ...approval, metric: getShownTargetMetric(approval.strategy) }))
}

/** A request for approval, open or not, with the change it is about. @throws OptimizerError `unknown-trial` */
export async function readApproval({ db }: Pick<StoredContext, 'db'>, trialId: string): Promise<PendingApproval> {
  const [approval, strategy] = await Promise.all([findApproval(db, trialId), findStrategy(db, trialId)])
  if (approval && strategy) return { ...approval, strategy }
  throw new OptimizerError(
    'unknown-trial',
    `Approval of ${trialId} was never requested; npx optimizer status lists the open requests.`,
  )
}
