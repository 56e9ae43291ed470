import type { NormalBelief } from './normal-belief.ts'
import { combineBeliefs, widenBelief } from './normal-belief.ts'
import { type TrialEvidence, toMeasuredBelief } from './trial-evidence.ts'

/** The agent that a strategy is for. */
export interface StrategyAgent {
  agentId: string
  kind: string
}

/** Variances of measured improvements, in squared percent or points. */
export const improvementVariances = {
  /** Between two trials of a sort on one agent. */
  trials: 6 ** 2,
  /** Added between a trial and a later one: a gain cannot be made twice, and the larger it was, the less it says of the next one. */
  usedUp: (improvement: number) => (0.4 * Math.max(0, improvement)) ** 2,
  /** Between agents of a kind. */
  agents: 4 ** 2,
  /** Between kinds. */
  kinds: 6 ** 2,
  /** Of the documents' prior, which is less certain the more it promises. */
  prior: (improvement: number) => (4 + 0.6 * Math.abs(improvement)) ** 2,
}

/** Factor on the weight of a trial for each stage between it and the current one. */
const memory = 0.5

/**
 * The mean improvement by trials of a sort on this agent at its current stage, kept or not: a hierarchical normal model with
 * known variances (Gelman et al. 2013, ch. 5; exact, since it is a tree). The agent's own trials are shrunk toward those of its
 * kind, these toward those of all kinds, these toward the prior. Gains become smaller as an agent is tuned, so the weight
 * of a trial is halved for each trial of the sort that its agent had seen more or fewer.
 */
export function computeImprovementPosterior(
  prior: number,
  subject: StrategyAgent,
  evidence: readonly TrialEvidence[],
): NormalBelief {
  const stage = evidence.filter(({ trial }) => trial.agentId === subject.agentId).length
  const kinds = Map.groupBy(evidence, ({ trial }) => trial.kind)
  const others = [...kinds].filter(([kind]) => kind !== subject.kind)
  const all = combineBeliefs([
    { mean: prior, variance: improvementVariances.prior(prior) },
    ...others.flatMap(([, ofKind]) => byKind(ofKind, stage)),
  ])!
  const agents = Map.groupBy(kinds.get(subject.kind) ?? [], ({ trial }) => trial.agentId)
  const siblings = [...agents].filter(([agentId]) => agentId !== subject.agentId)
  const kind = combineBeliefs([
    widenBelief(all, improvementVariances.kinds),
    ...siblings.map(([, ofAgent]) => byAgent(ofAgent, stage)),
  ])!
  return combineBeliefs([widenBelief(kind, improvementVariances.agents), ...byTrial(agents.get(subject.agentId) ?? [], stage)])!
}

/** The belief about the mean of all kinds from the trials on one kind. */
function byKind(evidence: readonly TrialEvidence[], stage: number): NormalBelief[] {
  const agents = Map.groupBy(evidence, ({ trial }) => trial.agentId)
  const kind = combineBeliefs([...agents.values()].map((ofAgent) => byAgent(ofAgent, stage)))
  return kind ? [widenBelief(kind, improvementVariances.kinds)] : []
}

/** The belief about the mean of a kind from the trials on one of its agents. */
function byAgent(evidence: readonly TrialEvidence[], stage: number): NormalBelief {
  return widenBelief(combineBeliefs(byTrial(evidence, stage))!, improvementVariances.agents)
}

function byTrial(evidence: readonly TrialEvidence[], stage: number): NormalBelief[] {
  return evidence.map((each) => {
    const measured = toMeasuredBelief(each.trial)
    const usedUp = each.stage < stage ? improvementVariances.usedUp(measured.mean) : 0
    const { mean, variance } = widenBelief(measured, improvementVariances.trials + usedUp)
    return { mean, variance: variance / memory ** Math.abs(each.stage - stage) }
  })
}
