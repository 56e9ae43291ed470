/**
 * The single place that decides what may be tried now: ordered rules over the facts, which the planner, the admission of a trial and the
 * explanation of an agent all evaluate.
 */
import type { KnobChange } from '../../model/finished-trial.ts'
import { isSameValue, type Knob, type KnobValue } from '../../model/knob.ts'
import type { Strategy } from '../../model/strategy.ts'
import { agentRules } from './agent-rules.ts'
import { computeCandidateBudget } from './capacity.ts'
import {
  adjustmentRules,
  changeRules,
  counterEvidenceRule,
  listProbeAdjustments,
  objectiveRules,
  type PlannedObjective,
} from './change-rules.ts'
import type { EligibilityFacts, Requester } from './facts.ts'
import { clampToLimits } from './knob-limits.ts'
import { knobRules } from './knob-rules.ts'
import { listRecentRollbacks } from './recent-rollbacks.ts'
import { evaluateRules, type Reason, type ReasonCode, type Rule } from './rule.ts'

/** Whether a strategy may be planned, or whether a trial may start. */
export type Stage = Rule<never>['blocks']

/** Why nothing may be tried on an agent. */
export function findAgentReasons(facts: EligibilityFacts, stage: Stage, requester: Requester = 'optimizer'): Reason[] {
  return evaluateRules(atStage(agentRules, stage), { facts, subject: undefined, requester })
}

/** Why a knob may not be turned in either direction. */
export function findKnobReasons(facts: EligibilityFacts, knob: Knob, requester: Requester = 'optimizer'): Reason[] {
  return evaluateRules(knobRules, { facts, subject: knob, requester, knob: knob.name })
}

/** Why these changes may not be made, apart from the reasons against their agent and knobs. */
export function findChangeReasons(
  facts: EligibilityFacts,
  changes: readonly KnobChange[],
  requester: Requester = 'optimizer',
): Reason[] {
  const adjustments = changes.flatMap((change) => {
    const knob = facts.knobs.find(({ name }) => name === change.knob)
    return knob ? [{ knob, change }] : []
  })
  return [
    ...adjustments.flatMap((adjustment) =>
      evaluateRules(adjustmentRules, { facts, subject: adjustment, requester, knob: adjustment.knob.name }),
    ),
    ...evaluateRules(changeRules, { facts, subject: changes, requester }),
  ]
}

/** All reasons against a trial of these changes: those of the agent, of each knob, and of the changes themselves. */
export function findReasons(
  facts: EligibilityFacts,
  changes: readonly KnobChange[],
  stage: Stage,
  requester: Requester = 'optimizer',
): Reason[] {
  const turned = facts.knobs.filter(({ name }) => changes.some(({ knob }) => knob === name))
  // Changes may turn on, or off, what their own knobs depend on.
  const values = { ...facts.values, ...Object.fromEntries(changes.map(({ knob, to }) => [knob, to])) }
  const all = [
    ...findAgentReasons(facts, stage, requester),
    ...turned.flatMap((knob) => findKnobReasons({ ...facts, values }, knob, requester)),
    ...findChangeReasons(facts, changes, requester),
  ]
  return [...all.filter(({ code }) => !isTemporary(code)), ...all.filter(({ code }) => isTemporary(code))]
}

export interface Admission {
  /** Why the trial may not start; empty if it may. */
  reasons: Reason[]
  /** How many instances may be its candidates. */
  candidates: number
}

/** Whether the trial of a strategy may start now, alongside those that are running. */
export function decideAdmission(
  facts: EligibilityFacts,
  strategy: PlannedObjective & { actions: readonly KnobChange[]; targetMetric?: Strategy['targetMetric'] | undefined },
  requester: Requester,
): Admission {
  const reasons = [
    ...evaluateRules(objectiveRules, { facts, subject: strategy, requester }),
    ...findReasons({ ...facts, target: strategy.targetMetric }, strategy.actions, 'beginning', requester),
  ]
  return { reasons, candidates: computeCandidateBudget(facts.fleet, facts.isLong).left }
}

/** The value closest to the desired one that may be tried; undefined if there is none. */
export function findAllowedValue(facts: EligibilityFacts, knob: Knob, from: KnobValue, to: KnobValue): KnobValue | undefined {
  const { agentId, kind, fleet } = facts
  const value = typeof fleet.limits === 'string' ? undefined : clampToLimits(fleet.limits, { agentId, kind, knob, from, to })
  if (value === undefined) return undefined
  const adjustment = { knob, change: { knob: knob.name, from, to: value } }
  return evaluateRules(adjustmentRules, { facts, subject: adjustment, requester: 'optimizer' }).length === 0 ? value : undefined
}

/**
 * Everything that is restricted on an agent now, whatever the change, and whether its trial runs within a cycle or outside: the reasons
 * against it and against each of its knobs, those against turning a knob far or in one direction, and the changes that were rolled back
 * recently or that the record of the objective speaks against. Each once.
 */
export function listRestrictions(facts: EligibilityFacts): Reason[] {
  const { trials, knobs, fleet } = facts
  const reasons = [
    ...findAgentReasons({ ...facts, isLong: false }, 'beginning'),
    ...findAgentReasons({ ...facts, isLong: true }, 'beginning'),
    ...knobs.flatMap((knob) => findKnobReasons(facts, knob)),
    ...listProbeAdjustments(facts).flatMap((adjustment) =>
      evaluateRules(adjustmentRules, {
        facts,
        subject: adjustment,
        requester: 'optimizer',
        knob: adjustment.knob.name,
        isGeneral: true,
      }),
    ),
    ...listRecentRollbacks(trials, fleet.now).flatMap(({ changes }) =>
      evaluateRules(changeRules, { facts, subject: changes, requester: 'optimizer' }),
    ),
    ...listCounterEvidence(facts),
  ]
  return [...new Map(reasons.map((found) => [`${found.code} ${formatReason(found)}`, found])).values()]
}

/** The changes that the record of the objective speaks against. */
function listCounterEvidence(facts: EligibilityFacts): Reason[] {
  const recent = new Set(listRecentRollbacks(facts.trials, facts.fleet.now).map(({ changes }) => changes))
  return facts.trials
    .filter(({ changes }) => !recent.has(changes))
    .flatMap(({ changes }) => [changes, ...listReversed(changes, facts)])
    .flatMap((changes) => evaluateRules([counterEvidenceRule], { facts, subject: changes, requester: 'optimizer' }))
}

/** The way back from a change of one knob whose value is in force. */
const listReversed = ([change, ...others]: readonly KnobChange[], { values }: EligibilityFacts): KnobChange[][] =>
  change && others.length === 0 && isSameValue(values[change.knob], change.to)
    ? [[{ knob: change.knob, from: change.to, to: change.from }]]
    : []

/** Whether a reason ends when a running trial does, so that waiting helps. */
export function isTemporary(code: string): boolean {
  return temporaryCodes.has(code)
}

const temporaryCodes: ReadonlySet<string> = new Set(agentRules.filter((rule) => rule.isTemporary).map(({ code }) => code))

/** Whether a person's release of the knob, or of the agent if no knob is concerned, ends a reason. */
export function isReleasable(code: string): boolean {
  return releasableCodes.has(code)
}

const releasableCodes: ReadonlySet<string> = new Set(
  [...agentRules, ...knobRules, ...adjustmentRules, ...changeRules].filter((rule) => rule.isReleasable).map(({ code }) => code),
)

/** "cacheTtlMs: its risk is high; …" */
export function formatReason({ knob, reason }: Pick<Reason, 'knob' | 'reason'>): string {
  return knob ? `${knob}: ${reason}` : reason
}

/** The codes of all rules, in the order of evaluation. */
export const ruleCodes: readonly ReasonCode[] = [
  ...objectiveRules,
  ...agentRules,
  ...knobRules,
  ...adjustmentRules,
  ...changeRules,
].map(({ code }) => code)

const atStage = <Subject>(rules: readonly Rule<Subject>[], stage: Stage) =>
  rules.filter(({ blocks }) => blocks === 'planning' || stage === 'beginning')
