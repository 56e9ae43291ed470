import type { FinishedTrial } from '../../model/finished-trial.ts'
import { maxPayloadBytes, takeWithinBytes } from '../../model/payload.ts'
import { defaultPolicy } from '../../model/policy.ts'
import { roundToDecimals } from '../statistics/rounding.ts'

/** Beta prior: 80% of changes succeed (document 000), worth ten trials. */
const prior = { proven: 8, failed: 2 }
/** The highest autonomy: never complete trust. */
const most = 0.95
/** The weight that older evidence keeps with each further trial, so that about the last fifty count. */
const memory = 0.98

/** The policy is sent twice where a change of it is recorded. */
const maxNotableBytes = maxPayloadBytes / 4

/** The initial autonomy on every kind of agent. */
export const initialAutonomy = defaultPolicy.autonomy

/**
 * How far the optimizer's own changes may go without a person's approval (B11): the mean of the Beta posterior
 * that a change succeeds, with exponential forgetting (West & Harrison 1989, discount 0.98 a trial), at most 0.95:
 *
 *     (8 + Σ 0.98^age · proven) / (10 + Σ 0.98^age · (proven + failed)),   age = trials since
 *
 * It starts at 0.80. A change proven and kept is a success; one proven harmful, or refused by the agent or the limits, is a failure. An
 * undecided one, or one that a person ended without calling it harmful, is neither: it only ages the earlier evidence.
 * @param trials of one kind of agent, or of all; those that people requested are ignored, because the optimizer did not choose them.
 */
export function computeAutonomy(trials: readonly FinishedTrial[]): number {
  const own = oncePerPool(trials.filter(({ type }) => type !== 'operator_request')).toSorted((a, b) => a.at - b.at)
  let { proven, failed } = { proven: 0, failed: 0 }
  for (const trial of own) {
    proven = proven * memory + Number(isProven(trial))
    failed = failed * memory + Number(isFailed(trial))
  }
  const mean = (prior.proven + proven) / (prior.proven + prior.failed + proven + failed)
  return roundToDecimals(Math.min(most, mean), 3)
}

const isProven = ({ verdict }: FinishedTrial) => verdict === 'keep'
const isFailed = ({ verdict, byPerson }: FinishedTrial) => verdict === 'roll-back' && !byPerson

/** Trials that were judged together count as one: a failure if one of them is, otherwise a success if one of them is. */
function oncePerPool(trials: readonly FinishedTrial[]): FinishedTrial[] {
  const pools = Map.groupBy(trials, (trial) => trial.poolId ?? trial)
  return [...pools.values()].map((members) => members.find(isFailed) ?? members.find(isProven) ?? members[0]!)
}

/** The autonomy on every kind of agent that had a trial. What is planned follows from this, whatever the policy has room for. */
export function computeAutonomyByKind(trials: readonly FinishedTrial[]): Record<string, number> {
  const kinds = Map.groupBy(trials, ({ kind }) => kind)
  return Object.fromEntries([...kinds].map(([kind, ofKind]) => [kind, computeAutonomy(ofKind)]))
}

/** The kinds that the policy names, because their autonomy is not the initial one: the least trusted first, as many as fit into a payload. */
export function selectNonDefaultAutonomy(byKind: Readonly<Record<string, number>>): Record<string, number> {
  const notable = Object.entries(byKind).filter(([, autonomy]) => autonomy !== initialAutonomy)
  return Object.fromEntries(
    takeWithinBytes(
      notable.toSorted(([, a], [, b]) => a - b),
      maxNotableBytes,
    ),
  )
}
