import { decideAdmission, formatReason, type Requester } from '../analysis/eligibility/index.ts'
import type { Config } from '../config/config.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Policy } from '../model/policy.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Database } from '../store/database.ts'
import { loadEligibilityFacts } from './eligibility-facts.ts'

export interface AdmissionRequest {
  strategy: Strategy
  kind: string
  /** The policy under which the trial runs. */
  policy: Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode'>
  /** Whether the trial runs outside a cycle; by default it does not. */
  isLong?: boolean
}

/**
 * Decides whether a trial may start now, alongside those that are running. Called in the transaction that starts it, under the lock of
 * the fleet, so that concurrent requests cannot exceed the caps together. Does not rely on what the planner checked.
 * @returns how many instances may be its candidates
 * @throws OptimizerError with the code of the first rule that forbids it (`analysis/eligibility`)
 */
export async function admitTrial(
  db: Database,
  config: Config,
  { strategy, kind, policy, isLong }: AdmissionRequest,
): Promise<number> {
  const { agentId } = strategy
  const facts = await loadEligibilityFacts(db, config, { agentId, kind }, { now: Date.now(), policy, isLong })
  const { reasons, candidates } = decideAdmission(facts, strategy, requesterOf(strategy))
  const [first] = reasons
  if (!first) return candidates
  const sentence = reasons.map(formatReason).join('; ')
  throw new OptimizerError(first.code, /[.!?]$/.test(sentence) ? sentence : `${sentence}.`)
}

function requesterOf({ type, asks }: Strategy): Requester {
  if (type === 'operator_request') return 'person'
  return asks ? 'approved' : 'optimizer'
}
