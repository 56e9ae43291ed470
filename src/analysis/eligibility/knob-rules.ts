import { formatTimestamp } from '../../model/format.ts'
import { isUsableForJudging } from '../../model/judged-metric.ts'
import { getDefaultValues, type Knob } from '../../model/knob.ts'
import { describeInactiveKnob, findDeactivatingKnob } from '../../model/knob-condition.ts'
import { getMetric } from '../../model/metric.ts'
import { findObjective } from '../../model/objective.ts'
import { getAggressivenessSettings } from '../policy/aggressiveness.ts'
import { findHighestRisk } from './approval.ts'
import { computeEffectiveAggressiveness } from './capacity.ts'
import { forbiddenKnobReason, isKnobForbidden } from './knob-limits.ts'
import { findOscillationEnd } from './oscillation.ts'
import { describeReleaseCommand, findReleaseTime } from './releases.ts'
import type { Rule } from './rule.ts'

/** The reason why a knob that takes effect only on a restart is not tried. */
export const needsRestartReason =
  'a change takes effect only after a restart, and not every instance can be restarted: set onRestartRequested where they connect, or configure a command (restarts)'

/** Why a knob may not be turned now in either direction. */
export const knobRules: readonly Rule<Knob>[] = [
  {
    code: 'never-touch',
    blocks: 'planning',
    find: ({ fleet: { limits }, agentId, kind }, knob) => {
      const isForbidden = typeof limits !== 'string' && isKnobForbidden(limits, { agentId, kind, knob })
      return isForbidden ? { reason: forbiddenKnobReason } : undefined
    },
  },
  {
    code: 'needs-restart',
    blocks: 'planning',
    find: ({ canRestart }, { applies }) => (applies === 'restart' && !canRestart ? { reason: needsRestartReason } : undefined),
  },
  {
    code: 'mixed-versions',
    blocks: 'planning',
    find: ({ unevenKnobs }, { name }) => (name in unevenKnobs ? { reason: unevenKnobs[name]! } : undefined),
  },
  {
    code: 'inactive-knob',
    blocks: 'planning',
    find: ({ knobs, values }, knob) => {
      const cause = findDeactivatingKnob(knob, knobs, { ...getDefaultValues(knobs), ...values })
      return cause && { reason: describeInactiveKnob(cause, { ...getDefaultValues(knobs), ...values }) }
    },
  },
  {
    code: 'no-judged-effect',
    blocks: 'planning',
    except: ['approved', 'person'],
    // With an objective, a knob without declared effects may affect any of its metrics.
    find: ({ fleet: { objectives, catalogue }, agentId, kind }, { affects }) =>
      affects.some(({ metric }) => isUsableForJudging(getMetric(catalogue, metric))) ||
      findObjective(objectives, { agentId, kind })
        ? undefined
        : { reason: 'not declared to affect any metric that trials are judged by' },
  },
  {
    code: 'risk-too-high',
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ fleet }, { risk }) => {
      const aggressiveness = computeEffectiveAggressiveness(fleet)
      const { allowedRisk } = getAggressivenessSettings(aggressiveness)
      if (findHighestRisk([risk, allowedRisk]) === allowedRisk) return undefined
      return { reason: `the risk is ${risk}; aggressiveness ${aggressiveness} allows risk up to ${allowedRisk}` }
    },
  },
  {
    code: 'oscillating',
    isReleasable: true,
    blocks: 'planning',
    except: ['person'],
    find: ({ fleet: { now }, agentId, history, releases }, knob) => {
      const until = findOscillationEnd(knob, history, now, findReleaseTime(releases, knob.name))
      if (until === undefined) return undefined
      const rest = `it is in cooldown until ${formatTimestamp(new Date(until))}`
      return {
        reason: `its direction was reversed twice within a day; ${rest}; ${describeReleaseCommand(agentId, knob.name)}`,
        until,
      }
    },
  },
  {
    code: 'awaiting-decision',
    isReleasable: true,
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ awaitingDecision }, { name }) =>
      awaitingDecision.includes(name) ? { reason: 'a request for approval is pending or was recently declined' } : undefined,
  },
]
