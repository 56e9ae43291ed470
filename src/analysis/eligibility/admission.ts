import type { KnobChange } from '../../model/finished-trial.ts'
import { candidateBudget } from './capacity.ts'
import { findReasons } from './eligibility.ts'
import type { EligibilityFacts, Requester } from './facts.ts'
import type { Reason } from './rule.ts'

export interface Admission {
  /** Why the trial may not start; empty if it may. */
  reasons: Reason[]
  /** How many instances may be its candidates. */
  candidates: number
}

/** Whether a trial of these changes may start now, alongside those that are running. */
export function decideAdmission(facts: EligibilityFacts, changes: readonly KnobChange[], requester: Requester): Admission {
  return { reasons: findReasons(facts, changes, 'beginning', requester), candidates: candidateBudget(facts.fleet).left }
}
