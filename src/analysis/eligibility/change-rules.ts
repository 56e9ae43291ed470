import type { KnobChange } from '../../model/finished-trial.ts'
import { describeChanges, formatTimestamp, formatValue } from '../../model/format.ts'
import { isSameValue, type Knob, type KnobValue } from '../../model/knob.ts'
import { findDeclaredDirection, getScalePosition } from '../../model/knob-scale.ts'
import { findObjective, isSameObjective, type Objective } from '../../model/objective.ts'
import { describeDistantChoice } from './choice-steps.ts'
import { findCounterEvidence } from './counter-evidence.ts'
import type { EligibilityFacts } from './facts.ts'
import { findReversedDecision } from './human-decision.ts'
import { describeExceededStep, describeMaxStep, findExceededStep } from './knob-limits.ts'
import { listKnobMoves } from './knob-moves.ts'
import { findRecentRollback } from './recent-rollbacks.ts'
import { describeReleaseCommand, findReleaseTime } from './releases.ts'
import type { Rule } from './rule.ts'

/** A knob and the value it would be turned to, from the one in force. */
export interface KnobAdjustment {
  knob: Knob
  change: KnobChange
}

/** A decision that a person made within the last day is not reversed. */
const decisionRule: Rule<KnobAdjustment> = {
  code: 'decided-by-person',
  isReleasable: true,
  blocks: 'planning',
  except: ['approved', 'person'],
  find: (facts, adjustment) => {
    const decision = findDecisionAgainst(facts, adjustment)
    if (!decision) return undefined
    const { from, to, until } = decision
    const rest = `the opposite is not tried until ${formatTimestamp(new Date(until))}`
    return {
      reason: `a person decided on ${formatValue(from)} → ${formatValue(to)}; ${rest}; ${describeReleaseCommand(facts.agentId, adjustment.knob.name)}`,
      until,
    }
  },
}

/** One trial takes one step over an ordered choice. */
const choiceRule: Rule<KnobAdjustment> = {
  code: 'choice-too-far',
  blocks: 'planning',
  except: ['approved', 'person'],
  find: (facts, { knob, change: { from, to } }) => {
    const reason = describeDistantChoice(facts, knob, from, to)
    return reason === undefined ? undefined : { reason }
  },
}

/** Why one knob may not be turned that far in one trial. */
export const adjustmentRules: readonly Rule<KnobAdjustment>[] = [
  {
    code: 'step-too-large',
    blocks: 'planning',
    find: ({ fleet: { limits }, agentId, kind }, { knob, change: { from, to } }) => {
      const exceeded = typeof limits === 'string' ? undefined : findExceededStep(limits, { agentId, kind, knob, from, to })
      return exceeded && { reason: describeExceededStep({ from, to }, exceeded), inGeneral: describeMaxStep(exceeded) }
    },
  },
  choiceRule,
  {
    code: 'costs-resources',
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ fleet: { policy }, shortages: [shortage] }, adjustment) => {
      if (!costsResources(adjustment)) return undefined
      if (policy.resourceMode === 'reduce') return { reason: `${describeCost(adjustment)}, and the resource mode is "reduce"` }
      return shortage === undefined
        ? undefined
        : { reason: `${describeCost(adjustment)}, and ${shortage} is beyond its threshold` }
    },
  },
  decisionRule,
]

/** A change is not tried again if the objective's record speaks against it. */
export const counterEvidenceRule: Rule<readonly KnobChange[]> = {
  code: 'against-objective',
  isReleasable: true,
  blocks: 'planning',
  except: ['approved', 'person'],
  find: (facts, changes) => {
    const evidence = findCounterEvidence(changes, facts)
    return (
      evidence && {
        reason: `${evidence.reason}; ${describeReleaseCommand(facts.agentId, evidence.knob)}`,
        leaveOut: evidence.knob,
      }
    )
  },
}

/** Why these changes may not be tried together. */
export const changeRules: readonly Rule<readonly KnobChange[]>[] = [
  {
    code: 'rolled-back-recently',
    isReleasable: true,
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ trials, releases, fleet: { now } }, changes) => {
      const rollback = findRecentRollback(changes, trials, now, releases)
      if (!rollback) return undefined
      const { until, isWhole, wasKept, changes: earlier, knob: leaveOut } = rollback
      const what = isWhole ? 'the same change' : 'no part of it'
      const again = `${what} is ${isWhole ? 'not ' : ''}tried again until ${formatTimestamp(new Date(until))}`
      return {
        reason: `${describeChanges(earlier)} was ${wasKept ? 'kept and undone later' : 'rolled back'}; ${again}`,
        until,
        leaveOut,
      }
    },
  },
  counterEvidenceRule,
]

/** The objective that a strategy serves, and the agent's own if it was derived from that; null if the agent had none. */
export interface PlannedObjective {
  objective?: Objective | undefined
  derivedFrom?: Objective | null | undefined
}

/** Why a strategy that was planned for an objective may not be tried. */
export const objectiveRules: readonly Rule<PlannedObjective>[] = [
  {
    code: 'objective-changed',
    blocks: 'beginning',
    find: ({ fleet: { objectives }, agentId, kind }, planned) => {
      const reason = describeObjectiveChange(planned, { agentId, kind }, objectives)
      return reason === undefined ? undefined : { reason }
    },
  },
]

/** Why an agent is no longer optimized for the objective that a strategy was planned for, as a clause; undefined if it still is. */
export function describeObjectiveChange(
  { objective, derivedFrom = objective }: PlannedObjective,
  agent: { agentId: string; kind: string },
  objectives: readonly Objective[],
): string | undefined {
  return isSameObjective(derivedFrom ?? undefined, findObjective(objectives, agent))
    ? undefined
    : `the objective of ${agent.agentId} has changed since this was planned; the next cycle plans for the new one`
}

/** The decision of a person within the last day that an adjustment would reverse; undefined if there is none. */
function findDecisionAgainst(facts: EligibilityFacts, { knob, change }: KnobAdjustment) {
  const { history, releases, fleet } = facts
  return findReversedDecision(knob, change, history, { now: fleet.now, releasedAt: findReleaseTime(releases, knob.name) })
}

/**
 * Adjustments that reveal every rule against some adjustment of a knob: to each other value of a choice, and to both ends of a range, since
 * whatever forbids a step forbids longer ones in its direction too. Orders have too many values; for them, only a way back can be forbidden.
 */
export function listProbeAdjustments({ knobs, values, history }: EligibilityFacts): KnobAdjustment[] {
  return knobs.flatMap((knob) => {
    const from = values[knob.name]
    const last = listKnobMoves(knob, history).at(-1)
    const adjust = (from: KnobValue, to: KnobValue): KnobAdjustment => ({ knob, change: { knob: knob.name, from, to } })
    return [
      ...(from === undefined ? [] : listFarValues(knob).filter((to) => !isSameValue(from, to))).map((to) => adjust(from!, to)),
      ...(last ? [adjust(last.to, last.from)] : []),
    ]
  })
}

function listFarValues(knob: Knob): KnobValue[] {
  switch (knob.type) {
    case 'enum':
      return knob.values
    case 'bool':
      return [false, true]
    case 'order':
      return []
    default:
      return [knob.min, knob.max]
  }
}

/** "raising it is declared to need more resources"; of a choice, its value. */
function describeCost({ knob, change: { from, to } }: KnobAdjustment): string {
  const isNumber = knob.type === 'int' || knob.type === 'float'
  const what = isNumber ? `${Number(to) > Number(from) ? 'raising' : 'lowering'} it` : formatValue(to)
  return `${what} is declared to need more resources`
}

/** Whether a knob would be turned in the direction that is declared to lower the resource efficiency. */
function costsResources({ knob, change: { from, to } }: KnobAdjustment): boolean {
  const saving = findDeclaredDirection(knob, 'resourceEfficiency')
  if (saving === undefined || knob.type === 'order') return false
  return saving * (getScalePosition(knob, to) - getScalePosition(knob, from)) < 0
}
