import { OptimizerError } from '../model/errors.ts'
import { findApproval, type PendingApproval } from '../store/approvals.ts'
import { findStrategy } from '../store/strategies.ts'
import type { ReadingContext } from './context.ts'

/** A request for approval, open or not, with the change it is about. @throws OptimizerError `unknown-trial` */
export async function readApproval({ db }: Pick<ReadingContext, 'db'>, trialId: string): Promise<PendingApproval> {
  const [approval, strategy] = await Promise.all([findApproval(db, trialId), findStrategy(db, trialId)])
  if (approval && strategy) return { ...approval, strategy }
  throw new OptimizerError(
    'unknown-trial',
    `Nobody asked for approval of ${trialId}; npx optimizer status lists the open requests.`,
  )
}
