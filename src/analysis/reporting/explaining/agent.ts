import type { Explanation } from '../../../model/explanation.ts'
import {
  describeChanges,
  describeImprovement,
  formatTimestamp,
  pluralize,
  toSentence,
  withFullStop,
} from '../../../model/format.ts'
import { isSameValue } from '../../../model/knob.ts'
import { listRestrictions } from '../../eligibility/index.ts'
import { computeCumulativeImprovement } from '../results/cumulative.ts'
import type { AgentFacts, AgentTrial } from './agent-facts.ts'
import { explainNextSteps } from './next-steps.ts'
import { explainRestrictions } from './restrictions.ts'
import { explainSettings } from './settings.ts'

/** Trials that are listed, one per line. */
const mostTrials = 10

/** Explains an agent's settings, where they came from, and what happens next, to a person who has never read the code. */
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
      { title: 'Settings', sentences: explainSettings(facts) },
      { title: 'Total effect of kept changes', sentences: explainCumulativeGain(facts) },
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
  if (together.length === 0) return ['No change has been proven and kept.']
  return together.map(([metric, { improvement, interval, keptTrials }]) =>
    toSentence(`${describeImprovement(metric, improvement, interval)}, from ${pluralize(keptTrials, 'kept trial')}`),
  )
}
type Gain = NonNullable<ReturnType<typeof computeCumulativeImprovement>['responseTime']>

function latestTrials({ trials }: AgentFacts): string[] {
  if (trials.length === 0) return ['Nothing has been tried on it.']
  const older = trials.length - mostTrials
  return [
    ...trials.slice(0, mostTrials).map((trial) => withFullStop(trialLine(trial))),
    ...(older > 0 ? [`${pluralize(older, 'older trial')} not shown.`] : []),
  ]
}

function trialLine({ strategy, state, startedAt, judgement, result }: AgentTrial): string {
  const { id, actions, targetMetric } = strategy
  const improvement = result ? result.actualImprovement : (judgement?.improvement ?? null)
  const interval = result ? result.interval : (judgement?.interval ?? null)
  const outcome = result ? `${result.verdict} (${result.reason})` : state
  const measured = describeImprovement(targetMetric, improvement, interval)
  return `${formatTimestamp(startedAt)}  ${id}: ${describeChanges(actions)}: ${outcome}, ${measured}`
}
