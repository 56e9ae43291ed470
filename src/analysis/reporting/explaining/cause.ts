/** What was seen before a change was planned, and why it became this change. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import {
  describeChanges,
  formatImprovement,
  formatTimestamp,
  joinWithAnd,
  metricLabels,
  pluralize,
  toSentence,
  withFullStop,
} from '../../../model/format.ts'
import type { JudgedMetric } from '../../../model/knob.ts'
import type { TrialFacts } from './trial-facts.ts'

/** So many earlier trials are told one by one. */
const most = 5

export function explainCause(facts: TrialFacts): string[] {
  const { strategy, cycleId, plannedAt, bottleneck } = facts
  if (strategy.type === 'operator_request')
    return [toSentence(strategy.description), `That was at ${formatTimestamp(plannedAt)}.`]
  const cause = bottleneck
    ? `${bottleneck.description}: ${describeImpact(facts)}, a bottleneck of severity ${bottleneck.severity}`
    : isProactive(facts)
      ? `No threshold had been crossed. ${strategy.description}`
      : strategy.description
  const elsewhere = strategy.targetComponent !== strategy.agentId
  return [
    `${cycleId ?? 'A cycle'} looked at the fleet at ${formatTimestamp(plannedAt)}.`,
    withFullStop(cause),
    ...(elsewhere || isProactive(facts) ? [whereItActs(facts)] : []),
  ]
}

const isProactive = ({ strategy: { type } }: TrialFacts) =>
  type === 'predictive_optimization' || type === 'coordination_enhancement'

function describeImpact({ bottleneck }: TrialFacts): string {
  const { type, impact } = bottleneck!
  return `${impact.toFixed(1)} ${type === 'agent_response_time' ? '% over the threshold' : 'points below what is wanted'}`
}

function whereItActs({ strategy: { agentId, targetMetric }, seen }: TrialFacts): string {
  const value = seen === null ? '' : `, which was ${figure(targetMetric, seen)}`
  return `It acts on ${agentId}, to improve its ${metricLabels[targetMetric]}${value}.`
}

const figure = (metric: JudgedMetric, value: number) =>
  metric === 'responseTime' ? `${Math.round(value)} ms` : `${(value * 100).toFixed(1)} %`

export function explainChoice(facts: TrialFacts): string[] {
  const { strategy, knobs, trial, plannedAt, kind } = facts
  const { actions, agentId, why, asks } = strategy
  const about = actions.flatMap(({ knob: name }) => {
    const description = knobs.find((knob) => knob.name === name)?.description
    return description ? [withFullStop(`${name}: ${description}`)] : []
  })
  return [
    toSentence(`It turns ${describeChanges(actions)} on ${agentId}`),
    ...about,
    ...(why ? [toSentence(`The planner chose it: ${why}`)] : []),
    ...explainEarlierTrials(facts, (trial?.startedAt ?? plannedAt).getTime(), kind),
    ...(asks
      ? [
          `Its risk is ${asks.risk}, which at an autonomy of ${asks.autonomy.toFixed(2)} on agents of this kind needs a person's approval.`,
        ]
      : []),
  ]
}

/** What earlier trials said about these knobs. */
function explainEarlierTrials({ strategy, experience }: TrialFacts, before: number, kind: string): string[] {
  const names = new Set(strategy.actions.map(({ knob }) => knob))
  const trials = experience.filter(({ at, changes }) => at < before && changes.some(({ knob }) => names.has(knob)))
  if (trials.length === 0)
    return [`No trial of ${joinWithAnd([...names])} on agents of the kind ${kind} is remembered from before.`]
  const last = trials.toSorted((a, b) => b.at - a.at).slice(0, most)
  const which = trials.length > most ? `the last ${most} of ${trials.length}` : pluralize(trials.length, 'trial')
  return [`Earlier, on agents of the kind ${kind} (${which}): ${last.map(describeTrial).join('; ')}.`]
}

/** "cacheTtlMs from 0 to 300 on market-hunter was kept, response time +12.0%" */
export function describeTrial({ agentId, changes, verdict, metric, improvement, interval }: FinishedTrial): string {
  const measured =
    metric === 'resourceEfficiency' || improvement === null
      ? 'nothing measured'
      : `${metricLabels[metric]} ${formatImprovement(metric, improvement, interval)}`
  return `${describeChanges(changes)} on ${agentId} ${ending[verdict]}, ${measured}`
}

const ending = { keep: 'was kept', 'roll-back': 'was rolled back', undecided: 'ended undecided' }
