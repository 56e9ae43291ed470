import type { KnobChange } from '../../model/finished-trial.ts'
import { describeChanges, formatTimestamp, formatValue } from '../../model/format.ts'
import type { Knob } from '../../model/knob.ts'
import { findDeclaredDirection, positionOnScale } from '../../model/knob-scale.ts'
import { describeExceededStep, findExceededStep } from './knob-limits.ts'
import { findRecentRollback } from './recent-rollbacks.ts'
import type { Rule } from './rule.ts'

/** A knob and the value it would be turned to, from the one in force. */
export interface KnobTurn {
  knob: Knob
  change: KnobChange
}

/** Why one knob may not be turned that far in one trial. */
export const turnRules: readonly Rule<KnobTurn>[] = [
  {
    code: 'step-too-large',
    blocks: 'planning',
    find: ({ fleet: { limits }, agentId, kind }, { knob, change: { from, to } }) => {
      const exceeded = typeof limits === 'string' ? undefined : findExceededStep(limits, { agentId, kind, knob, from, to })
      return exceeded && { reason: describeExceededStep({ from, to }, exceeded) }
    },
  },
  {
    code: 'costs-resources',
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ fleet: { policy } }, turn) =>
      policy.resourceMode === 'reduce' && costsResources(turn)
        ? { reason: `${formatValue(turn.change.to)} is declared to need more resources, and the resource mode is "reduce"` }
        : undefined,
  },
]

/** Why these changes may not be tried together. */
export const changeRules: readonly Rule<readonly KnobChange[]>[] = [
  {
    code: 'rolled-back-recently',
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ trials, fleet: { now } }, changes) => {
      const rollback = findRecentRollback(changes, trials, now)
      if (!rollback) return undefined
      const { until, isWhole, changes: earlier } = rollback
      const what = isWhole ? 'the same change' : 'no part of it'
      const again = `${what} is ${isWhole ? 'not ' : ''}tried again until ${formatTimestamp(new Date(until))}`
      return { reason: `${describeChanges(earlier)} was rolled back; ${again}`, until }
    },
  },
]

/** Whether a knob would be turned in the direction that is declared to lower the resource efficiency. */
export function costsResources({ knob, change: { from, to } }: KnobTurn): boolean {
  const saving = findDeclaredDirection(knob, 'resourceEfficiency')
  if (saving === undefined || knob.type === 'order') return false
  return saving * (positionOnScale(knob, to) - positionOnScale(knob, from)) < 0
}
