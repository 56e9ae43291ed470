/** How a switchback trial alternates: its blocks, their order, and which changes can take it. */
import type { Knob } from '../../model/knob.ts'
import type { Strategy } from '../../model/strategy.ts'
import type { Arm, Suspension, TrialBlock } from '../../model/trial.ts'
import type { TrialLimits, WarmUp } from '../../model/trial-limits.ts'
import type { ArmObservations, ObservationsByArm, SwitchbackBlock, TrialGoal } from '../judging/index.ts'
import { createSeededRandom } from '../statistics/random.ts'
import { quantile } from '../statistics/summaries.ts'
import type { TrialConditions } from './duration.ts'
import { buildTrialGoal } from './goal.ts'

/** A block has at least this many samples: the first one may still be served with the previous values. */
const MIN_SAMPLES = 6
/** A block lasts at most this many times as long as the shortest one before it. */
const LONGEST = 4
/** Blocks of each arm: enough to see how pairs vary, and few enough that the setting alternates rarely. */
const BLOCKS = 12

/**
 * Whether a change can be applied and reverted repeatedly: at once, without a warm-up, and judged by metrics that blocks can
 * compare, which are neither totals nor quantiles.
 */
export function canAlternate(
  { actions }: Pick<Strategy, 'actions'>,
  { knobs, warmUp, goal }: { knobs: readonly Knob[]; warmUp: WarmUp; goal: TrialGoal },
): boolean {
  const changed = knobs.filter(({ name }) => actions.some(({ knob }) => knob === name))
  const metrics = [goal.target, ...goal.guards.map(({ metric }) => metric)]
  return (
    changed.every(({ applies }) => applies !== 'restart') &&
    warmUp.samples === 0 &&
    warmUp.seconds === 0 &&
    metrics.every(({ kind, summary, quantile }) => (kind === 'proportion' || summary !== 'mean') && quantile === undefined)
  )
}

/**
 * What the duration of a single agent's trial outside a cycle depends on: hours or days later, an agent differs from its past, so a single
 * instance alternates where its change can be put in force again and again.
 */
export function toLongTrialConditions(
  conditions: TrialConditions,
  strategy: Strategy,
  knobs: readonly Knob[],
  { switchback }: Pick<TrialLimits, 'switchback'>,
): TrialConditions {
  const { compared, warmUp } = conditions
  const alternates =
    switchback && compared.design === 'before-after' && canAlternate(strategy, { knobs, warmUp, goal: buildTrialGoal(strategy) })
  return alternates ? { ...conditions, compared: { ...compared, design: 'switchback' } } : conditions
}

/** The arm of a block: each pair has both, in an order that depends on the id of the trial and is otherwise random. */
export function chooseBlockArm(trialId: string, index: number): Arm {
  const isCandidateFirst = createSeededRandom(`${trialId} ${index >> 1}`).uniform() < 0.5
  return isCandidateFirst === (index % 2 === 0) ? 'candidate' : 'control'
}

/**
 * Whether a block has lasted long enough, and has its share of the samples; or lasts several times as long as the shortest one so far, so that
 * missing work is noticed. The first block lasts at most its share of the trial.
 * @param samples about, of the metric that the fewest executions report
 * @param observeMs how long the trial may last
 */
export function isBlockDone(
  blocks: readonly TrialBlock[],
  { samples, now }: { samples: number; now: number },
  { maxSamples, shortestBlockMs, observeMs }: Pick<TrialLimits, 'maxSamples' | 'shortestBlockMs'> & { observeMs: number | null },
): boolean {
  const lastedMs = now - blocks.at(-1)!.from
  if (lastedMs < shortestBlockMs) return false
  const lengths = blocks.flatMap(({ from, to }) => (to === null ? [] : to - from))
  const longestMs = lengths.length > 0 ? LONGEST * Math.min(...lengths) : (observeMs ?? Number.POSITIVE_INFINITY) / (2 * BLOCKS)
  return samples >= Math.max(MIN_SAMPLES, Math.ceil(maxSamples / BLOCKS) + 1) || lastedMs >= longestMs
}

/** The work that each arm started in its own blocks, by the time at which it started. */
export function selectBlockObservations<Arms extends ObservationsByArm>(arms: Arms): Arms {
  const { blocks = [] } = arms
  const take = <Own extends ArmObservations>(own: Own, arm: Arm): Own => {
    const isInside = ({ at }: { at: number }) => blocks.some((block) => block.arm === arm && at >= block.from && at < block.to)
    return {
      ...own,
      executions: own.executions.filter(isInside),
      negotiations: own.negotiations.filter(isInside),
      ...(own.inFlight && { inFlight: own.inFlight.filter(isInside) }),
    }
  }
  return { ...arms, control: take(arms.control, 'control'), candidate: take(arms.candidate, 'candidate') }
}

/** Observations at the time at which they started: what is under way when a block ends belongs to it. */
export function shiftToStartTimes<Own extends ArmObservations>(own: Own): Own {
  const dated = <Work extends { at: number; durationMs: number }>(work: Work) => ({ ...work, at: work.at - work.durationMs })
  return {
    ...own,
    executions: own.executions.map(dated).sort((a, b) => a.at - b.at),
    ...(own.inFlight && { inFlight: own.inFlight.map(dated) }),
  }
}

/** The block that has not ended. */
export const findOpenBlock = (blocks: readonly TrialBlock[]): TrialBlock | undefined => blocks.find(({ to }) => to === null)

/** The quantile of the durations of executions after which hardly any of a block is still under way. */
const SLOW = 0.98

/**
 * The pairs that can be judged: not the last one while executions that started in it may be under way, which are the slow ones.
 * @param past before the trial, and `arms` since its start, both dated by their start
 */
export function listSettledPairs(
  blocks: readonly TrialBlock[],
  { past, arms, now }: { past: ArmObservations; arms: readonly ArmObservations[]; now: number },
): SwitchbackBlock[] {
  const pairs = listFinishedPairs(blocks)
  const [first, last] = pairs.slice(-2)
  if (!first || !last) return []
  const slowMs =
    quantile(
      past.executions.map(({ durationMs }) => durationMs),
      SLOW,
    ) ?? 0
  const isInside = ({ at }: { at: number }) => at >= first.from && at < last.to
  const isUnderWay = now < last.to + slowMs || arms.some(({ inFlight = [] }) => inFlight.some(isInside))
  return isUnderWay ? pairs.slice(0, -2) : pairs
}

/** The blocks of all pairs that have ended. */
export function listFinishedPairs(blocks: readonly TrialBlock[]): SwitchbackBlock[] {
  const finished = blocks.filter((block): block is SwitchbackBlock => block.to !== null)
  return finished.slice(0, finished.length & ~1)
}

/** The arm that the instance of a trial belongs to now, after its blocks and suspensions. */
export function getActiveArm(blocks: readonly TrialBlock[], suspensions: readonly Suspension[]): Arm {
  const block = blocks.at(-1)
  const resumedAt = suspensions.at(-1)?.to ?? Number.NEGATIVE_INFINITY
  if (suspensions.some(({ to }) => to === null)) return 'control'
  return block && block.from >= resumedAt ? block.arm : 'candidate'
}
