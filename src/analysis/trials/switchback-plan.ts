/** How a switchback trial alternates: its blocks, their order, and which changes can take it. */
import type { Knob } from '../../model/knob.ts'
import type { Strategy } from '../../model/strategy.ts'
import type { Arm, Block, Suspension } from '../../model/trial.ts'
import type { TrialLimits, WarmUp } from '../../model/trial-limits.ts'
import type { SwitchbackBlock, TrialGoal } from '../judging/index.ts'
import { createSeededRandom } from '../statistics/random.ts'

/** A block has at least this many executions: the first one may still be served with the previous values. */
const LEAST_EXECUTIONS = 6
/** Blocks of each arm: enough to see how pairs vary, and few enough that the setting alternates rarely. */
const BLOCKS = 12

/**
 * Whether a change can be put in force and taken back again and again: at once, without a warm-up, and judged by metrics that blocks can
 * compare, which are neither totals nor quantiles.
 */
export function mayAlternate(
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

/** The arm of a block: each pair has both, in an order that depends on the id of the trial and is otherwise random. */
export function chooseBlockArm(trialId: string, index: number): Arm {
  const isCandidateFirst = createSeededRandom(`${trialId} ${index >> 1}`).uniform() < 0.5
  return isCandidateFirst === (index % 2 === 0) ? 'candidate' : 'control'
}

/** Whether a block has lasted long enough, and has its share of the executions. */
export function isBlockDone(
  { from }: Block,
  { executions, now }: { executions: number; now: number },
  { maxSamples, shortestBlockMs }: Pick<TrialLimits, 'maxSamples' | 'shortestBlockMs'>,
): boolean {
  return now - from >= shortestBlockMs && executions >= Math.max(LEAST_EXECUTIONS, Math.ceil(maxSamples / BLOCKS) + 1)
}

/** The block that has not ended. */
export const findOpenBlock = (blocks: readonly Block[]): Block | undefined => blocks.find(({ to }) => to === null)

/** The blocks of all pairs that have ended. */
export function listFinishedPairs(blocks: readonly Block[]): SwitchbackBlock[] {
  const finished = blocks.filter((block): block is SwitchbackBlock => block.to !== null)
  return finished.slice(0, finished.length & ~1)
}

/** What the instance of a trial runs as, after its blocks and suspensions. */
export function findArmInForce(blocks: readonly Block[], suspensions: readonly Suspension[]): Arm {
  const block = blocks.at(-1)
  const resumedAt = suspensions.at(-1)?.to ?? Number.NEGATIVE_INFINITY
  if (suspensions.some(({ to }) => to === null)) return 'control'
  return block && block.from >= resumedAt ? block.arm : 'candidate'
}
