/**
 * The effects of the optimizer's traits (B19). Each is a factor: 1 at its documented value, down to 0 at 0 and up to 2 at 100, so that the
 * documented ones change nothing.
 */
import { defaultTraits, type PersonalityTraits, type TraitName } from '../../model/identity.ts'
import type { MetricName } from '../../model/metric.ts'

/** The factor of a trait, 0–2: linear below its documented value, and above. */
export function computeTraitFactor(traits: PersonalityTraits, name: TraitName): number {
  const [value, usual] = [traits[name], defaultTraits[name]]
  return value <= usual ? value / usual : 1 + (value - usual) / (100 - usual)
}

/** The costs of a decision, as executions report them, and the capacity that the host has left. */
const costs: ReadonlySet<MetricName> = new Set([
  'costUsd',
  'inputTokens',
  'outputTokens',
  'cpuMs',
  'memoryMb',
  'resourceEfficiency',
  'cpuPercent',
  'memoryPercent',
  'heapPercent',
  'storagePercent',
])
const betweenAgents: ReadonlySet<MetricName> = new Set([
  'coordinationScore',
  'conflictResolutionTimeMs',
  'messageLatencyMs',
  'messageSuccessRate',
  'messageCount',
  'failedMessageCount',
])

/** How much a percent of a metric counts beside a percent of another, 0–2; 1 for metrics that no trait is about. */
export function weighMetric(traits: PersonalityTraits, metric: MetricName): number {
  if (costs.has(metric)) return computeTraitFactor(traits, 'efficiency')
  return betweenAgents.has(metric) ? computeTraitFactor(traits, 'coordination') : 1
}
