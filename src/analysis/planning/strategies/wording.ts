/** The sentences of document 000. */
import type { Purpose } from '../../../model/knob.ts'
import type { StrategyType } from '../../../model/strategy.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

export type GeneratedType = Exclude<StrategyType, 'operator_request'>

const byPurpose: Record<Purpose, string> = {
  decision: 'Optimize decision-making algorithms',
  caching: 'Implement caching for frequent queries',
  parallelism: 'Parallelize independent operations',
  computation: 'Reduce unnecessary computations',
  'data-quality': 'Enhance training data quality',
  confidence: 'Adjust confidence thresholds',
  'error-handling': 'Implement better error handling',
  protocol: 'Streamline communication protocols',
  negotiation: 'Improve negotiation algorithms',
  'message-overhead': 'Reduce message passing overhead',
  'conflict-resolution': 'Optimize conflict resolution',
  resources: 'Adjust resource allocation',
}

/** Where the document words the same purpose differently. */
const byType: Partial<Record<GeneratedType, Partial<Record<Purpose, string>>>> = {
  agent_success_rate: { decision: 'Review and improve decision logic' },
  predictive_optimization: {
    decision: 'Pre-optimize critical paths',
    caching: 'Pre-optimize critical paths',
    parallelism: 'Pre-optimize critical paths',
    computation: 'Pre-optimize critical paths',
    resources: 'Adjust resource allocation proactively',
  },
  coordination_enhancement: {
    decision: 'Streamline decision synchronization',
    protocol: 'Optimize message passing protocols',
    'message-overhead': 'Optimize message passing protocols',
    'conflict-resolution': 'Enhance conflict resolution mechanisms',
  },
}

/** The description of turning a knob with this purpose in a strategy of this type. */
export function describeAction(type: GeneratedType, purpose: Purpose): string {
  return byType[type]?.[purpose] ?? byPurpose[purpose]
}

/** The success criteria of a strategy of this type. */
export function describeSuccessMetrics(type: GeneratedType, thresholds: Thresholds): string[] {
  const percent = (ratio: number) => `${roundToDecimals(ratio * 100)}%`
  switch (type) {
    case 'agent_response_time':
      return [`Response time < ${thresholds.responseTimeMs}ms`, 'Latency variance reduced', 'Throughput increased']
    case 'agent_success_rate':
      return [`Success rate > ${percent(thresholds.successRate)}`, 'Error rate reduced']
    case 'coordination_efficiency':
      return [`Coordination score > ${percent(thresholds.coordinationScore)}`, 'Message latency reduced']
    case 'system_performance':
      return [`Overall system performance > ${percent(thresholds.systemScore)}`]
    case 'predictive_optimization':
      return ['Reduced latency spikes', 'Improved resource utilization', 'Higher success rates']
    case 'agent_objective':
    case 'objective_bound':
      return []
    case 'coordination_enhancement':
      return ['Faster conflict resolution', 'Better resource sharing', 'Improved joint decisions']
  }
}

/** The rollback plan of a strategy of this type; the values follow it. */
export function describeRollback(type: GeneratedType): string {
  switch (type) {
    case 'predictive_optimization':
      return 'Revert to previous resource allocation if performance degrades'
    case 'coordination_enhancement':
      return 'Restore previous communication protocols'
    default:
      return `Restore previous ${type} configuration if performance degrades`
  }
}
