/** What a trial changed in what is expected and chosen later. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { formatImprovement, formatShare, joinWithAnd, metricLabels, toSentence } from '../../../model/format.ts'
import { computeAutonomy } from '../../policy/autonomy.ts'
import { describeTrial } from './cause.ts'
import type { TrialFacts } from './trial-facts.ts'

export function explainLearning(facts: TrialFacts): string[] {
  const { result, trial } = facts
  if (!trial) return ['Nothing, since nothing was tried.']
  if (!result) return ['Nothing yet.']
  if (!result.judged && result.verdict !== 'roll-back')
    return ['Nothing: something other than the judge ended it, so it proves nothing either way.']
  const at = Date.parse(result.timestamp)
  return [
    ...explainSuccessRate(facts, at),
    ...explainAutonomy(facts, at),
    ...explainNextExpectation(facts),
    ...explainNextChoice(facts, at),
  ]
}

/** How often its type succeeds, without and with it. */
function explainSuccessRate({ strategy: { type }, experience, kind }: TrialFacts, at: number): string[] {
  const ofType = experience.filter((trial) => trial.type === type)
  const until = (last: (trial: FinishedTrial) => boolean) => {
    const trials = ofType.filter(last)
    return { trials: trials.length, proven: trials.filter(({ verdict }) => verdict === 'keep').length }
  }
  const [before, after] = [until((trial) => trial.at < at), until((trial) => trial.at <= at)]
  if (after.trials === 0) return []
  const earlier = before.trials > 0 ? `, ${formatShare(before.proven, before.trials)} before` : '; it was the first'
  return [
    `Of the trials of type ${type} on agents of the kind ${kind}, ${formatShare(after.proven, after.trials)} were proven${earlier}.`,
  ]
}

/** How far the optimizer is trusted, without and with it. */
function explainAutonomy({ strategy: { type }, experience, kind }: TrialFacts, at: number): string[] {
  if (type === 'operator_request') return ["A person's own trial does not count for the optimizer's autonomy."]
  const before = computeAutonomy(experience.filter((trial) => trial.at < at))
  const after = computeAutonomy(experience.filter((trial) => trial.at <= at))
  const moved = before === after ? `stayed at ${after.toFixed(2)}` : `went from ${before.toFixed(2)} to ${after.toFixed(2)}`
  return [`The optimizer's autonomy on ${kind} ${moved}.`]
}

function explainNextExpectation({ next, strategy }: TrialFacts): string[] {
  if (!next || strategy.type === 'operator_request') return []
  const promised = (of: typeof strategy) =>
    formatImprovement(of.targetMetric, of.expectedImprovement, of.expectedInterval ?? null)
  return [
    `The next strategy of its type, ${next.id} on ${next.agentId}, promised ${metricLabels[next.targetMetric]} ${promised(next)}; this one had promised ${promised(strategy)}.`,
  ]
}

function explainNextChoice({ strategy, experience, kind }: TrialFacts, at: number): string[] {
  const names = new Set(strategy.actions.map(({ knob }) => knob))
  const later = experience.filter((trial) => trial.at > at && trial.changes.some(({ knob }) => names.has(knob)))
  const [next] = later.toSorted((a, b) => a.at - b.at)
  return next
    ? [toSentence(`the next time, ${describeTrial(next)}`)]
    : [
        `${joinWithAnd([...names])} ${names.size === 1 ? 'has' : 'have'} not been turned in a trial on agents of the kind ${kind} since.`,
      ]
}
