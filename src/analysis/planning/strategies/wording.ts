/** The description of a strategy for people, derived from the knobs that it turns and the metric that it is for. */
import type { KnobChange } from '../../../model/finished-trial.ts'
import { formatValue, joinWithAnd } from '../../../model/format.ts'
import type { Knob } from '../../../model/knob.ts'
import type { Metric } from '../../../model/metric.ts'

const aims: Record<string, string> = {
  responseTime: 'respond faster',
  successRate: 'succeed more often',
  coordinationScore: 'reach agreement more often',
  costUsd: 'cost less',
  inputTokens: 'send fewer tokens',
  outputTokens: 'generate fewer tokens',
  qualityScore: 'give better results',
  cpuMs: 'use less CPU time',
  memoryMb: 'use less memory',
  weightedSum: 'do better on its objective overall',
}

/** "Lower context_chunks from 30 to 21, to make support-bot respond faster" */
export function describeStrategy(agentId: string, changes: readonly KnobChange[], { name, label, direction }: Metric): string {
  const aim = aims[name] ?? `have a ${direction} ${label}`
  return `${describeAdjustments(changes)}, to make ${agentId} ${aim}`
}

/** "Lower context_chunks from 30 to 21 and turn prefetch on" */
export function describeAdjustments(changes: readonly KnobChange[]): string {
  const [first, ...rest] = changes.map(describeAdjustment)
  return joinWithAnd([first!, ...rest.map((text) => text.charAt(0).toLowerCase() + text.slice(1))])
}

/** "Lower context_chunks from 30 to 21", "Turn prefetch on", "Change mode from fast to exact". */
export function describeAdjustment({ knob, from, to, unit }: KnobChange): string {
  if (typeof from === 'boolean') return `Turn ${knob} ${to ? 'on' : 'off'}`
  const verb = typeof from === 'number' && typeof to === 'number' ? (to > from ? 'Raise' : 'Lower') : 'Change'
  return `${verb} ${knob} from ${formatValue(from)} to ${formatValue(to, unit)}`
}

/** The same with the purpose that the agent declared for the knob: "Lower context_chunks from 30 to 21 (data quality)". */
export function describeAction(change: KnobChange, knobs: readonly Knob[]): string {
  const purpose = knobs.find(({ name }) => name === change.knob)?.purpose
  return purpose ? `${describeAdjustment(change)} (${purpose.replaceAll('-', ' ')})` : describeAdjustment(change)
}

/** "Restore cacheTtlMs 0 on hunter unless the change is proven to help" */
export function describeRollback(agentId: string, changes: readonly KnobChange[]): string {
  const before = changes.map(({ knob, from, unit }) => `${knob} ${formatValue(from, unit)}`).join(', ')
  return `Restore ${before} on ${agentId} unless the change is proven to help`
}
