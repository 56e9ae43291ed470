/** The cause of a change, and why it became this change. */
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import {
  addFullStop,
  describeChanges,
  describeImprovement,
  describePool,
  formatImpact,
  formatMetricValue,
  formatTimestamp,
  joinWithAnd,
  toSentence,
} from '../../../model/format.ts'
import { getImpactUnit } from '../../../model/impact-unit.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import type { TrialFacts } from './trial-facts.ts'

/** Earlier trials that are listed. */
const most = 5

export function explainBottleneck(facts: TrialFacts): string[] {
  const { strategy, cycleId, plannedAt, bottleneck } = facts
  if (strategy.type === 'operator_request')
    return [toSentence(strategy.description), `Requested at ${formatTimestamp(plannedAt)}.`]
  const cause = bottleneck
    ? `${bottleneck.description}, ${describeImpact(facts)}: a bottleneck of ${bottleneck.severity} severity`
    : isProactive(facts)
      ? `No threshold had been crossed. ${strategy.description}`
      : strategy.description
  const elsewhere = strategy.targetComponent !== strategy.agentId
  return [
    `${cycleId ?? 'A cycle'} examined the fleet at ${formatTimestamp(plannedAt)}.`,
    addFullStop(cause),
    ...(elsewhere || isProactive(facts) ? [describeTarget(facts)] : []),
  ]
}

const isProactive = ({ strategy: { type } }: TrialFacts) =>
  type === 'predictive_optimization' || type === 'coordination_enhancement'

function describeImpact({ bottleneck }: TrialFacts): string {
  const impact = formatImpact(bottleneck!)
  if (bottleneck!.metric !== undefined) return `with an impact of ${impact}`
  return `${impact} ${getImpactUnit(bottleneck!) === 'percent' ? 'over' : 'below'} the threshold`
}

function describeTarget({ strategy, seen }: TrialFacts): string {
  const metric = getRecordedMetric(strategy, strategy.targetMetric)
  const value = seen === null ? '' : `, which was ${formatMetricValue(metric, seen)}`
  return `It acts on ${strategy.agentId}, to improve its ${metric.label}${value}.`
}

export function explainChoice(facts: TrialFacts): string[] {
  const { strategy, knobs, trial, plannedAt, kind } = facts
  const { actions, agentId, why, asks } = strategy
  const about = actions.flatMap(({ knob: name }) => {
    const description = knobs.find((knob) => knob.name === name)?.description
    return description ? [addFullStop(`${name}: ${description}`)] : []
  })
  return [
    toSentence(`It changes ${describeChanges(actions)} on ${agentId}`),
    ...about,
    ...(why ? [toSentence(`The planner's reason: ${why}`)] : []),
    ...describePool(strategy).map((how) => `Its trial is ${how}: the operator says that agents of kind ${kind} are alike.`),
    ...explainEarlierTrials(facts, (trial?.startedAt ?? plannedAt).getTime(), kind),
    ...(asks
      ? [
          `Its risk is ${asks.risk}; at an autonomy of ${asks.autonomy.toFixed(2)} for agents of this kind, that needs a person's approval.`,
        ]
      : []),
  ]
}

/** The results of earlier trials of these knobs. */
function explainEarlierTrials({ strategy, experience }: TrialFacts, before: number, kind: string): string[] {
  const names = new Set(strategy.actions.map(({ knob }) => knob))
  const trials = experience.filter(({ at, changes }) => at < before && changes.some(({ knob }) => names.has(knob)))
  if (trials.length === 0) return [`No earlier trial of ${joinWithAnd([...names])} on agents of kind ${kind} is on record.`]
  const last = trials.toSorted((a, b) => b.at - a.at).slice(0, most)
  const which = trials.length > most ? ` (the latest ${most} of ${trials.length})` : ''
  return [`Earlier trials on agents of kind ${kind}${which}: ${last.map(describeTrial).join('; ')}.`]
}

/** "cacheTtlMs from 0 to 300 on market-hunter was kept, 12.0% faster" */
export function describeTrial(trial: FinishedTrial): string {
  const { agentId, changes, verdict, undoneAt, improvement, interval } = trial
  const metric = getRecordedMetric(trial, trial.metric)
  const measured = improvement === null ? 'nothing measured' : describeImprovement(metric, improvement, interval)
  const ended = `${ending[verdict]}${verdict === 'keep' && undoneAt !== undefined ? ' and undone later' : ''}`
  return `${describeChanges(changes)} on ${agentId} ${ended}, ${measured}`
}

const ending = { keep: 'was kept', 'roll-back': 'was rolled back', undecided: 'ended undecided' }
