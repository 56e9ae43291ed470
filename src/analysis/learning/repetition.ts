import normalCdf from '@stdlib/stats-base-dists-normal-cdf'
import type { KnobChange, TrialRecord } from '../../model/experience.ts'
import { type JudgedMetric, type KnobValues, sameValue } from '../../model/knob.ts'
import { type Belief, combined, widened } from './belief.ts'
import { measured } from './lessons.ts'
import { spread } from './posterior.ts'
import { leastKept } from './worth.ts'

/** A change is measured anew where it is that likely to help enough to be kept. */
const likely = 0.8
/** However promising, a change is not measured more often. */
const mostTimes = 3
/** What was measured longer ago says too little of today's load. */
const memoryMs = 24 * 3_600_000

export interface Repetition {
  changes: KnobChange[]
  /** In words for a person. */
  why: string
}

interface Attempt {
  trials: TrialRecord[]
  belief: Belief
  probability: number
}

/**
 * The change that ended undecided on this agent, most likely helps, and can still be made: worth a second look rather than a
 * smaller step. What all its trials measured is taken together with what is expected of any change of its sort.
 * @param trials of this agent
 * @param possible whether a change may be tried as it was
 */
export function worthRepeating(
  trials: readonly TrialRecord[],
  { metric, current, expected, now }: { metric: JudgedMetric; current: KnobValues; expected: Belief; now: number },
  possible: (changes: readonly KnobChange[]) => boolean,
): Repetition | undefined {
  const fresh = trials.filter((trial) => trial.metric === metric && trial.improvement !== null && now - trial.at < memoryMs)
  const [best] = [...Map.groupBy(fresh, ({ changes }) => JSON.stringify(changes)).values()]
    .filter((same) => same.length < mostTimes && same.every(({ verdict }) => verdict === 'undecided'))
    .filter(([{ changes } = fresh[0]!]) => changes.every(({ knob, from }) => sameValue(current[knob], from)) && possible(changes))
    .map((same) => attempt(same, expected, leastKept[metric]))
    .filter(({ probability }) => probability >= likely)
    .sort((a, b) => b.belief.mean - a.belief.mean)
  return best && { changes: best.trials[0]!.changes, why: inWords(best) }
}

function attempt(trials: TrialRecord[], expected: Belief, least: number): Attempt {
  const belief = combined([widened(expected, spread.trials), ...trials.map(measured)])!
  return { trials, belief, probability: 1 - normalCdf(least, belief.mean, Math.sqrt(belief.variance)) }
}

function inWords({ trials, probability }: Attempt): string {
  const [{ changes }] = trials as [TrialRecord]
  const turned = changes.map(({ knob, from, to }) => `${knob} ${String(from)} → ${String(to)}`).join(', ')
  const seen = trials.map(({ improvement }) => improvement!.toFixed(1)).join(' and ')
  return `${turned}: undecided at an improvement of ${seen}, which helps with a probability of ${Math.round(probability * 100)} %, so it is measured again`
}
