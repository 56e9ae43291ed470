import type { Explanation } from '../../../model/explanation.ts'
import {
  addFullStop,
  describeChanges,
  describeCountermeasures,
  formatChanges,
  formatImprovement,
  formatTimestamp,
  pluralize,
  toSentence,
} from '../../../model/format.ts'
import { isSameValue } from '../../../model/knob.ts'
import { getRecordedMetric } from '../../../model/metric.ts'
import { describeUndo, type StandingResult, standingPhrases } from '../../../model/result.ts'
import { isReleasable, listRestrictions } from '../../eligibility/index.ts'
import { collectDeclarations, computeCumulativeImprovement } from '../results/cumulative.ts'
import { isStanding } from '../results/standing.ts'
import type { AgentFacts, TrialWithResult } from './agent-facts.ts'
import { explainNextSteps } from './next-steps.ts'
import { explainAgentObjective } from './objective.ts'
import { explainRestrictions } from './restrictions.ts'
import { explainSettings } from './settings.ts'
import { describeTrialOutcome } from './trial-outcome.ts'

/** Explains an agent's settings, where they came from and what happens next, to someone who has never read the code. */
export function explainAgent(facts: AgentFacts): Explanation {
  const { agentId, kind, knobs, history, instances } = facts
  const [first, now] = [history[0]!, history.at(-1)!]
  const changed = knobs.filter(({ name }) => !isSameValue(first.values[name], now.values[name]))
  const undo = changed.length > 0 ? `npx optimizer restore ${agentId} --to ${first.version}` : null
  return {
    about: 'agent',
    id: agentId,
    summary: `${agentId} (kind ${kind}) runs on ${instances.live} of ${pluralize(instances.known, 'known instance')}; ${changed.length} of ${pluralize(knobs.length, 'knob')} ${changed.length === 1 ? 'differs' : 'differ'} from its initial configuration.`,
    sections: [
      { title: 'Objective', sentences: explainAgentObjective(facts) },
      { title: 'Settings', sentences: explainSettings(facts) },
      { title: 'Total effect of kept changes', sentences: explainCumulativeGain(facts) },
      ...explainAnomalies(facts),
      ...explainBottlenecks(facts),
      { title: 'Latest trials', sentences: latestTrials(facts) },
      { title: 'Restrictions', sentences: explainRestrictions(facts) },
      { title: 'Next steps', sentences: explainNextSteps(facts) },
      {
        title: 'Undo',
        sentences: [
          undo ? `${undo} restores the initial configuration on every instance and verifies it.` : 'There is nothing to undo.',
        ],
      },
    ],
    restrictions: listRestrictions(facts.eligibility).map(({ code, reason, until, knob }) => ({
      code,
      reason,
      until: until === null ? null : new Date(until).toISOString(),
      knob,
      isReleasable: isReleasable(code),
    })),
    undo,
  }
}

/** Its past and present anomalies, what was done about them, and why some may be missed; no section if there is nothing to say. */
function explainAnomalies({ anomalies, anomalyGap }: AgentFacts): Explanation['sections'] {
  const sentences = anomalies.flatMap(({ anomaly: { endedAt }, explanation, done }) => [
    endedAt === null ? explanation : `${explanation} It ended at ${formatTimestamp(new Date(endedAt))}.`,
    ...(done ? describeCountermeasures(done) : []),
  ])
  if (anomalyGap) sentences.push(anomalyGap)
  return sentences.length > 0 ? [{ title: 'Anomalies', sentences }] : []
}

/** The bottlenecks that cycles found on it, since when, and what was done about them; no section if there were none. */
function explainBottlenecks({ bottlenecks }: AgentFacts): Explanation['sections'] {
  const sentences = bottlenecks.flatMap(({ description, worst, count, firstAt, lastAt, done }) => [
    toSentence(
      `${description.replace(/\.$/, '')}: ${worst} severity, found by ${pluralize(count, 'cycle')} in the last day, ${count === 1 ? 'at' : 'first at'} ${formatTimestamp(firstAt)}${count === 1 ? '' : ` and last at ${formatTimestamp(lastAt)}`}`,
    ),
    ...describeCountermeasures(done),
  ])
  return sentences.length > 0 ? [{ title: 'Bottlenecks', sentences }] : []
}

function explainCumulativeGain({ kept }: AgentFacts): string[] {
  const declared = collectDeclarations(kept)
  const targets = new Set(kept.map(({ strategy }) => strategy.targetMetric))
  const targetsFirst = Object.entries(computeCumulativeImprovement(kept)).toSorted(
    ([a], [b]) => Number(targets.has(b)) - Number(targets.has(a)),
  )
  const gains = targetsFirst.map(([name, { improvement, interval, keptTrials }]) => {
    const metric = getRecordedMetric({ declared }, name)
    const change = `${metric.label} ${formatImprovement(metric, improvement, interval)}`
    return toSentence(`${change}, from ${pluralize(keptTrials, 'kept trial')}`)
  })
  const undone = kept.filter(({ standing }) => !isStanding(standing)).map(explainUndoing)
  return [...(gains.length > 0 ? gains : ['No proven change is in force.']), ...undone]
}

/** A kept change that no longer counts, and why. */
function explainUndoing({ strategy: { id, actions }, standing, undone }: StandingResult): string {
  const why = undone && describeUndo(undone)
  const when = undone ? ` at ${formatTimestamp(new Date(undone.at))}${why ? `: ${why}` : ''}` : ''
  return addFullStop(`Not counted: ${id} (${formatChanges(actions)}), which was kept and ${standingPhrases[standing]}${when}`)
}

function latestTrials({ trials, totalTrials }: AgentFacts): string[] {
  if (trials.length === 0) return ['Nothing has been tried on it.']
  const older = totalTrials - trials.length
  return [
    ...trials.map((trial) => addFullStop(trialLine(trial))),
    ...(older > 0 ? [`${pluralize(older, 'older trial')} not shown.`] : []),
  ]
}

const trialLine = ({ startedAt, ...trial }: TrialWithResult): string =>
  `${formatTimestamp(startedAt)}  ${trial.strategy.id}: ${describeChanges(trial.strategy.actions)}: ${describeTrialOutcome(trial)}`
