import type { Explanation } from '../../../model/explanation.ts'
import {
  describeChanges,
  formatImprovement,
  formatTimestamp,
  metricLabels,
  pluralize,
  withFullStop,
} from '../../../model/format.ts'
import { isSameValue } from '../../../model/knob.ts'
import { listRestrictions } from '../../eligibility/index.ts'
import { computeCumulativeImprovement } from '../results/cumulative.ts'
import type { AgentFacts, AgentTrial } from './agent-facts.ts'
import { explainNextSteps } from './next-steps.ts'
import { explainRestrictions } from './restrictions.ts'
import { explainSettings } from './settings.ts'

/** So many trials are told, a line each. */
const mostTrials = 10

/** An agent's settings, how they came about, and what is done with it next, for a person who has never read the code. */
export function explainAgent(facts: AgentFacts): Explanation {
  const { agentId, kind, knobs, history, instances } = facts
  const [first, now] = [history[0]!, history.at(-1)!]
  const changed = knobs.filter(({ name }) => !isSameValue(first.values[name], now.values[name]))
  const undo = changed.length > 0 ? `npx optimizer restore ${agentId} --to ${first.version}` : null
  return {
    about: 'agent',
    id: agentId,
    summary: `${agentId}, of the kind ${kind}, runs on ${instances.live} of ${pluralize(instances.known, 'known instance')} with ${changed.length} of ${pluralize(knobs.length, 'knob')} set otherwise than it began.`,
    sections: [
      { title: 'Its settings, and who changed them', sentences: explainSettings(facts) },
      { title: 'What all kept changes came to', sentences: explainCumulativeGain(facts) },
      { title: 'Its latest trials', sentences: latestTrials(facts) },
      { title: 'What is held back, and why', sentences: explainRestrictions(facts) },
      { title: 'What comes next', sentences: explainNextSteps(facts) },
      {
        title: 'How to undo it',
        sentences: [undo ? `${undo} puts back what it began with, on every instance, verified.` : 'There is nothing to undo.'],
      },
    ],
    restrictions: listRestrictions(facts.eligibility).map(({ until, ...reason }) => ({
      ...reason,
      until: until === null ? null : new Date(until).toISOString(),
    })),
    undo,
  }
}

function explainCumulativeGain({ trials }: AgentFacts): string[] {
  const results = trials.flatMap(({ result }) => result ?? [])
  const together = Object.entries(computeCumulativeImprovement(results)) as [
    keyof ReturnType<typeof computeCumulativeImprovement>,
    Gain,
  ][]
  if (together.length === 0) return ['No change of the optimizer has been proven and kept.']
  return together.map(([metric, { improvement, interval, keptTrials }]) =>
    withFullStop(
      `${metricLabels[metric]} ${formatImprovement(metric, improvement, interval)}, by ${pluralize(keptTrials, 'kept trial')}`,
    ),
  )
}
type Gain = NonNullable<ReturnType<typeof computeCumulativeImprovement>['responseTime']>

function latestTrials({ trials }: AgentFacts): string[] {
  if (trials.length === 0) return ['Nothing has been tried on it.']
  const older = trials.length - mostTrials
  return [
    ...trials.slice(0, mostTrials).map((trial) => withFullStop(trialLine(trial))),
    ...(older > 0 ? [`${pluralize(older, 'older one')} not shown.`] : []),
  ]
}

function trialLine({ strategy, state, startedAt, judgement, result }: AgentTrial): string {
  const { id, actions, targetMetric } = strategy
  const improvement = result ? result.actualImprovement : (judgement?.improvement ?? null)
  const interval = result ? result.interval : (judgement?.interval ?? null)
  const came = result ? `${result.verdict} (${result.reason})` : state
  const measured = `${metricLabels[targetMetric]} ${formatImprovement(targetMetric, improvement, interval)}`
  return `${formatTimestamp(startedAt)}  ${id}: ${describeChanges(actions)}: ${came}, ${measured}`
}
