import { decideAdmission, formatReason, type Requester } from '../analysis/eligibility/index.ts'
import type { Config } from '../config.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Policy } from '../model/policy.ts'
import type { Strategy } from '../model/strategy.ts'
import { loadEligibilityFacts } from '../reading/eligibility.ts'
import type { Database } from '../store/database.ts'

export interface AdmissionRequest {
  strategy: Strategy
  kind: string
  /** Of whoever carries it out. */
  policy: Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode'>
}

/**
 * Whether a trial may begin now, beside those that run. Asked in the transaction that begins it, under the lock of the fleet,
 * so that cycles and people who ask at the same moment keep the caps together. Takes nothing from what planned the strategy.
 * @returns how many instances may be its candidates
 * @throws OptimizerError with the code of the first rule that forbids it (`analysis/eligibility`)
 */
export async function admitTrial(db: Database, config: Config, { strategy, kind, policy }: AdmissionRequest): Promise<number> {
  const { agentId, actions } = strategy
  const facts = await loadEligibilityFacts(db, config, { agentId, kind }, { now: Date.now(), policy })
  const { reasons, candidates } = decideAdmission(facts, actions, requesterOf(strategy))
  const [first] = reasons
  if (!first) return candidates
  const sentence = reasons.map(formatReason).join('; ')
  throw new OptimizerError(first.code, /[.!?]$/.test(sentence) ? sentence : `${sentence}.`)
}

function requesterOf({ type, asks }: Strategy): Requester {
  if (type === 'operator_request') return 'person'
  return asks ? 'approved' : 'optimizer'
}
