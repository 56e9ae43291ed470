import type { Generated } from 'kysely'
import type { ApprovalState } from '../../model/approval.ts'

interface Approvals {
  trialId: string
  agentId: string
  askedAt: Generated<Date>
  until: Date
  state: Generated<ApprovalState>
  decidedAt: Date | null
  decidedBy: string | null
  reason: string | null
}

export interface ApprovalTables {
  approvals: Approvals
}
