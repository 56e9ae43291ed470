import type { Knob, KnobValue, KnobValues } from './knob.ts'
import type { MetricName, RecordWithDeclarations } from './metric.ts'
import type { Objective } from './objective.ts'
import { type ArmMetrics, getEffectiveVerdict, type OptimizationResult } from './result.ts'
import type { StrategyType } from './strategy.ts'
import type { JudgementCode, Verdict } from './trial.ts'

export interface KnobChange {
  knob: string
  from: KnobValue
  to: KnobValue
  /** Of both values, for display. */
  unit?: string | undefined
}

/** The changes with the units that the agent declares for the knobs. */
export const addKnobUnits = (changes: readonly KnobChange[], knobs: readonly Knob[]): KnobChange[] =>
  changes.map(({ knob, from, to }) => {
    const unit = knobs.find(({ name }) => name === knob)?.unit
    return { knob, from, to, ...(unit !== undefined && { unit }) }
  })

/** A finished trial, as remembered for choosing the next ones. */
export interface FinishedTrial extends RecordWithDeclarations {
  agentId: string
  kind: string
  type: StrategyType
  metric: MetricName
  /** The objective that its agent had when it was planned. */
  objective?: Objective
  changes: KnobChange[]
  /** Shared by the trials that were judged together: their evidence is one. */
  poolId?: string
  /** All settings of its control, from which it started; empty if unknown. */
  baseline: KnobValues
  /** The metrics measured in its arms, whatever its target. */
  metrics: ArmMetrics
  /** The verdict as evidence: a kept change that turned out to be harmful counts as rolled back. */
  verdict: Verdict
  /** Ended by a person, the agent or the limits rather than the judge; no evidence of harm. */
  unjudged?: boolean
  /** Whether the candidate failed to work: the agent refused it, or it crashed or fell silent before anything could be measured. */
  failed?: boolean
  /** Whether the judge rolled it back because the candidate fell silent: because of the change, or by chance. */
  silent?: boolean
  /** Kept or rolled back by a person, who did not call it harmful: neither a success nor a failure. */
  byPerson?: boolean
  /** When a kept change was undone, milliseconds since the epoch; missing if it was not. */
  undoneAt?: number
  /** Measured improvement of `metric`: percent for times, points for rates and scores; null when nothing was measured. */
  improvement: number | null
  interval: [low: number, high: number] | null
  /** The improvement that its strategy expected; null if a person asked for the trial. */
  predicted: number | null
  executionTimeMs: number
  /** When it ended, milliseconds since the epoch. */
  at: number
}

/** Whether the candidate was refused by its agent, or rolled back by the judge before anything could be measured. */
function didNotWork({ actualImprovement, judged, endedBy, ...result }: OptimizationResult): boolean {
  if (getEffectiveVerdict(result) !== 'roll-back' || actualImprovement !== null) return false
  return endedBy === 'agent' || (judged && endedBy !== 'person')
}

/**
 * A result as a memory for choosing the next trials; undefined if it teaches nothing.
 * @param code of its last judgement
 */
export function toFinishedTrial(
  result: OptimizationResult,
  { kind, baseline, code }: Pick<FinishedTrial, 'kind' | 'baseline'> & { code?: JudgementCode | undefined },
): FinishedTrial | undefined {
  const { strategy, judged, endedBy, keptBy, undone, timestamp } = result
  const verdict = getEffectiveVerdict(result)
  const objective = strategy.derivedFrom === undefined ? strategy.objective : strategy.derivedFrom
  if (!judged && !keptBy && verdict !== 'roll-back') return undefined
  return {
    agentId: strategy.agentId,
    kind,
    type: strategy.type,
    metric: strategy.targetMetric,
    ...(objective && { objective }),
    declared: strategy.declared,
    changes: strategy.actions.map(({ knob, from, to }) => ({ knob, from, to })),
    ...(strategy.pool && { poolId: strategy.pool.id }),
    baseline,
    metrics: result.metrics,
    verdict,
    unjudged: !judged && !undone?.harmful,
    ...(didNotWork(result) && { failed: true }),
    ...(code === 'silent' && endedBy === 'judge' && verdict === 'roll-back' && { silent: true }),
    byPerson: !judged && !undone?.harmful && (endedBy === 'person' || keptBy !== undefined),
    ...(undone && { undoneAt: Date.parse(undone.at) }),
    improvement: result.actualImprovement,
    interval: result.interval,
    predicted: result.promised?.improvement ?? null,
    executionTimeMs: result.executionTime,
    at: Date.parse(timestamp),
  }
}
