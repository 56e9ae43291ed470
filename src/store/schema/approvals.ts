import type { Generated } from 'kysely'
import type { ApprovalState } from '../../model/approval.ts'
import type { RecordedApproval } from '../../model/records.ts'

export interface Approvals extends Omit<RecordedApproval, 'askedAt' | 'state'> {
  trialId: string
  agentId: string
  askedAt: Generated<Date>
  state: Generated<ApprovalState>
}

export interface ApprovalTables {
  approvals: Approvals
}
