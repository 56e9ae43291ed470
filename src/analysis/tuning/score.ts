import type { Knob, MetricName } from '../../model/knob.ts'
import type { Policy } from '../../model/policy.ts'
import { type Candidate, declaredDirection } from './candidates.ts'
import type { KnobTrial } from './evidence.ts'

/** Only the order of scores matters; these weights make untried declared knobs come first, then untried ones, then setbacks. */
const weights = {
  /** Declared or proven to help this way; the opposite where it is declared to harm. */
  direction: 3,
  untried: 1,
  /** One move of an order is one of many, and rarely shows. */
  reordering: -0.5,
  /** Shared among the knobs of the trial. */
  setback: -2.5,
  brokeGuardrail: -3,
  undoesProof: -4,
  sideBenefit: 0.5,
  sideHarm: -1,
  resourceHarmWhileReducing: -4,
  savesResourcesWhileReducing: 2,
  risk: { low: 0, medium: -1, high: -2 },
} as const
const resourceSaving = new Set<Knob['purpose']>(['resources', 'computation', 'caching'])

export interface Score {
  points: number
  reason: string
}

/**
 * How promising a candidate is: declarations and proof count for it; risk, failed trials and harm declared for other
 * metrics against it (efficiency and coordination are traits of the optimizer, B19).
 */
export function score(
  candidate: Candidate,
  metric: MetricName,
  history: readonly KnobTrial[],
  resourceMode: Policy['resourceMode'],
): Score {
  const { knob, direction, proven } = candidate
  const gain = provenGain(proven)
  const declared = declaredDirection(knob, metric)
  const expected = gain !== undefined || (declared !== undefined && declared === direction)
  const setbacks = history.filter(({ trial }) => isSetback(trial, metric))
  const parts = [
    expected ? weights.direction : declared === undefined ? 0 : -weights.direction,
    gain ?? (history.length === 0 ? weights.untried : 0),
    ...setbacks.map(({ trial }) => weights.setback / trial.changes.length),
    weights.risk[knob.risk],
    knob.type === 'order' ? weights.reordering : 0,
    ...sideEffects(candidate, metric, resourceMode),
    brokeGuardrail(history) ? weights.brokeGuardrail : 0,
    undoesProof(candidate, metric, history) ? weights.undoesProof : 0,
    resourceMode === 'reduce' && resourceSaving.has(knob.purpose) ? weights.savesResourcesWhileReducing : 0,
  ]
  return { points: parts.reduce((sum, part) => sum + part, 0), reason: reason(gain, expected, setbacks.length) }
}

/** The newest gain, shared among the knobs of its trial: 5 % or 5 points weigh as much as a first try, 20 the most. */
function provenGain(proven: readonly KnobTrial[]): number | undefined {
  const last = proven.at(-1)?.trial
  return last && Math.min(4, Math.max(0, last.improvement ?? 0) / last.changes.length / 5)
}

function isSetback({ verdict, unjudged, metric: tried }: KnobTrial['trial'], metric: MetricName): boolean {
  return (verdict === 'roll-back' && !unjudged) || (verdict === 'undecided' && tried === metric)
}

function sideEffects({ knob, direction }: Candidate, metric: MetricName, resourceMode: Policy['resourceMode']): number[] {
  return knob.affects.map((affected) => {
    const helpful = declaredDirection(knob, affected.metric)
    if (affected.metric === metric || helpful === undefined || direction === undefined) return 0
    if (helpful === direction) return weights.sideBenefit
    const reducing = affected.metric === 'resourceEfficiency' && resourceMode === 'reduce'
    return reducing ? weights.resourceHarmWhileReducing : weights.sideHarm
  })
}

/** Rolled back although its target improved. */
function brokeGuardrail(history: readonly KnobTrial[]): boolean {
  return history.some(({ trial }) => trial.verdict === 'roll-back' && !trial.unjudged && (trial.improvement ?? 0) > 0)
}

/** Whether this would turn back what was last proven to help another metric. */
function undoesProof({ direction }: Candidate, metric: MetricName, history: readonly KnobTrial[]): boolean {
  const last = history.findLast(({ trial }) => trial.verdict === 'keep')
  return last !== undefined && last.trial.metric !== metric && direction !== undefined && last.direction === -direction
}

function reason(gain: number | undefined, expected: boolean, setbacks: number): string {
  if (gain !== undefined) return 'this way has helped before'
  if (!expected) return setbacks > 0 ? 'other values did not help' : 'its effect is unknown'
  return setbacks > 0 ? 'declared to help, nothing proven so far' : 'declared to help, not tried yet'
}
