import { describeApproval } from '../../../model/approval.ts'
import type { Countermeasures } from '../../../model/countermeasures.ts'
import { describeChanges } from '../../../model/format.ts'
import type { MetricCatalogue, MetricName } from '../../../model/metric.ts'
import type { RecordedApproval } from '../../../model/records.ts'
import type { StandingResult } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'
import type { Judgement, TrialState } from '../../../model/trial.ts'
import { describeBottleneckSubject } from '../../planning/strategies/opportunities.ts'
import { describeTrialOutcome } from './trial-outcome.ts'

/** A strategy against a degradation, and what became of it. */
interface Planned {
  strategy: Strategy
  /** Of its trial; null if none has begun. */
  state: TrialState | null
  judgement: Judgement | null
  approval: Pick<RecordedApproval, 'state' | 'decidedBy' | 'reason'> | null
}

/** The recorded plans against a degradation. */
export interface KnownCountermeasures {
  /** The newest of those that began, or that a person was asked about, newest first. */
  begun: (Planned & { result: StandingResult | null })[]
  /** How many of them there are. */
  total: number
  /** The newest cycle that found it and planned something against it, or was to; null if none did. */
  found: {
    cycleId: string
    /** The subjects that it planned nothing for, and why. */
    skipped: readonly string[]
    planned: (Pick<Planned, 'strategy'> & { leftBecause: string | null }) | null
  } | null
}

/** A degradation of a metric of a component. */
export interface Degraded {
  component: string
  metric: MetricName
  /** Why the cycle that found it was not to do anything about it, as a clause; undefined if it was, or if none found it. */
  exemptBecause?: string | undefined
}

/** The measures taken against a degradation, or why there were none. */
export function summarizeCountermeasures(
  degraded: Degraded,
  { begun, total, found }: KnownCountermeasures,
  catalogue: MetricCatalogue,
): Countermeasures {
  return {
    tried: begun.map((planned) => {
      const { strategy, result } = planned
      const { id, agentId, actions } = strategy
      return {
        strategyId: id,
        agentId,
        verdict: result?.verdict ?? null,
        standing: result?.standing ?? null,
        improvement: result?.actualImprovement ?? null,
        text: `${id} on ${agentId} (${describeChanges(actions)}): ${describeFate(planned)}`,
      }
    }),
    more: total - begun.length,
    nothingBecause: begun.length > 0 ? null : explainNothing(degraded, found, catalogue),
  }
}

function describeFate({ approval, state, ...planned }: KnownCountermeasures['begun'][number]): string {
  if (state !== null) return describeTrialOutcome({ ...planned, state })
  return describeApproval(approval!)
}

function explainNothing(
  { component, metric, exemptBecause }: Degraded,
  found: KnownCountermeasures['found'],
  catalogue: MetricCatalogue,
): string {
  if (!found) return exemptBecause ?? 'no cycle has identified it as a bottleneck'
  const { cycleId, skipped, planned } = found
  if (planned) {
    const { strategy, leftBecause } = planned
    const change = `${cycleId} planned ${describeChanges(strategy.actions)} on ${strategy.agentId}`
    return leftBecause === null ? `${change}, which has not begun` : `${change}, which was not carried out: ${leftBecause}`
  }
  const subject = `${describeBottleneckSubject({ type: '', affectedComponent: component, metric }, catalogue)}: `
  const line = skipped.find((line) => line.startsWith(subject))
  return line === undefined ? `${cycleId} found it and planned nothing for it` : `${line.slice(subject.length)} (${cycleId})`
}
