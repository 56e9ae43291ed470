/** The lessons of a trial: how it changed what is expected and chosen later. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { describeImprovement, formatShare, joinWithAnd, toSentence } from '../../../model/format.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import { computeAutonomy } from '../../policy/autonomy.ts'
import { describeTrial } from './cause.ts'
import type { TrialFacts } from './trial-facts.ts'

export function explainLearning(facts: TrialFacts): string[] {
  const { result, trial } = facts
  if (!trial) return ['None: it was not tried.']
  if (!result) return ['None yet.']
  if (result.keptBy)
    return [
      `${result.keptBy} kept the change without proof: the opposite change is not tried for a day, and the measurement counts.`,
    ]
  if (!result.judged && result.verdict !== 'roll-back')
    return ['None: the trial was not ended by the judge, so it proves nothing either way.']
  const at = Date.parse(result.timestamp)
  return [
    ...explainSuccessRate(facts, at),
    ...explainAutonomy(facts, at),
    ...explainNextExpectation(facts),
    ...explainNextChoice(facts, at),
  ]
}

/** The success rate of its type, before and after it. */
function explainSuccessRate({ strategy: { type }, experience, kind }: TrialFacts, at: number): string[] {
  const ofType = experience.filter((trial) => trial.type === type && !trial.byPerson)
  const until = (last: (trial: FinishedTrial) => boolean) => {
    const trials = ofType.filter(last)
    return { trials: trials.length, proven: trials.filter(({ verdict }) => verdict === 'keep').length }
  }
  const [before, after] = [until((trial) => trial.at < at), until((trial) => trial.at <= at)]
  if (after.trials === 0) return []
  const earlier = before.trials > 0 ? `; before it, ${formatShare(before.proven, before.trials)}` : '; it was the first'
  return [`Proven trials of type ${type} on agents of kind ${kind}: ${formatShare(after.proven, after.trials)}${earlier}.`]
}

/** The optimizer's autonomy, before and after it. */
function explainAutonomy({ strategy: { type }, experience, kind }: TrialFacts, at: number): string[] {
  if (type === 'operator_request') return ["A trial that a person requested does not change the optimizer's autonomy."]
  const before = computeAutonomy(experience.filter((trial) => trial.at < at))
  const after = computeAutonomy(experience.filter((trial) => trial.at <= at))
  const moved = before === after ? `stayed at ${after.toFixed(2)}` : `went from ${before.toFixed(2)} to ${after.toFixed(2)}`
  return [`The optimizer's autonomy for ${kind} ${moved}.`]
}

function explainNextExpectation({ next, strategy }: TrialFacts): string[] {
  if (!next || strategy.type === 'operator_request') return []
  const expected = (planned: typeof strategy) => {
    const { targetMetric, expectedImprovement, expectedInterval = null } = planned
    return describeImprovement(getRecordedMetric(planned, targetMetric), expectedImprovement, expectedInterval)
  }
  return [
    `Expected from the next strategy of its type, ${next.id} on ${next.agentId}: ${expected(next)}; from this one: ${expected(strategy)}.`,
  ]
}

function explainNextChoice({ strategy, experience, kind }: TrialFacts, at: number): string[] {
  const names = new Set(strategy.actions.map(({ knob }) => knob))
  const later = experience.filter((trial) => trial.at > at && trial.changes.some(({ knob }) => names.has(knob)))
  const [next] = later.toSorted((a, b) => a.at - b.at)
  return next
    ? [toSentence(`next trial: ${describeTrial(next)}`)]
    : [`${joinWithAnd([...names])} ${names.size === 1 ? 'has' : 'have'} not been tried on agents of kind ${kind} since.`]
}
