import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  sourceOrder: string[]
  sourcesPerDecision: number
  parallelQueries: number
  queryTimeoutMs: number
  queryRetries: number
  cacheTtlMs: number
  evidenceWeighting: 'priority' | 'equal' | 'reliability'
  confidenceThreshold: number
  proposalFormat: 'headline' | 'summary' | 'evidence'
  proposalLingerMs: number
}

const sources = [
  'chain-scan',
  'forum-archive',
  'social-stream',
  'news-wire',
  'order-flow',
  'fear-greed',
  'macro-calendar',
  'blog-index',
]

export const knobs: KnobInput[] = [
  {
    name: 'sourceOrder',
    type: 'order',
    values: sources,
    default: sources,
    purpose: 'data-quality',
    description: 'Order in which sources are asked; the last ones may not be asked at all',
    affects: [{ metric: 'successRate' }, { metric: 'responseTime' }],
  },
  {
    name: 'sourcesPerDecision',
    type: 'int',
    min: 1,
    max: 8,
    default: 8,
    purpose: 'computation',
    description: 'Maximum number of sources asked for one decision (query selection)',
    affects: [{ metric: 'responseTime', improves: 'decrease' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'parallelQueries',
    type: 'int',
    min: 1,
    max: 16,
    scale: 'log',
    default: 1,
    purpose: 'parallelism',
    description: 'Number of sources asked at the same time; sources lock out clients that send too many requests at once',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
  },
  {
    name: 'queryTimeoutMs',
    type: 'int',
    unit: 'ms',
    min: 50,
    max: 10_000,
    scale: 'log',
    default: 2_500,
    purpose: 'error-handling',
    description: 'Timeout for a source that does not respond',
    affects: [{ metric: 'responseTime', improves: 'decrease' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'queryRetries',
    type: 'int',
    min: 0,
    max: 5,
    default: 0,
    purpose: 'error-handling',
    description: 'Number of retries of a failed query',
    affects: [{ metric: 'successRate', improves: 'increase' }, { metric: 'responseTime' }],
  },
  {
    name: 'cacheTtlMs',
    type: 'int',
    unit: 'ms',
    min: 100,
    max: 600_000,
    scale: 'log',
    default: 150,
    purpose: 'caching',
    description: "How long a source's answer is cached; stale answers mislead",
    affects: [
      { metric: 'responseTime', improves: 'increase' },
      { metric: 'resourceEfficiency', improves: 'increase' },
    ],
  },
  {
    name: 'evidenceWeighting',
    type: 'enum',
    values: ['priority', 'equal', 'reliability'],
    default: 'equal',
    purpose: 'decision',
    description: 'Weight of a source in the decision: by its place in the order, equal for all, or by how often it was right',
    affects: [{ metric: 'successRate', improves: 'increase' }],
  },
  {
    name: 'confidenceThreshold',
    type: 'float',
    min: 0.5,
    max: 0.99,
    default: 0.95,
    purpose: 'confidence',
    description: 'Confidence at which no further source is asked (decision speed)',
    affects: [{ metric: 'responseTime', improves: 'decrease' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'proposalFormat',
    type: 'enum',
    values: ['headline', 'summary', 'evidence'],
    default: 'summary',
    purpose: 'protocol',
    description: 'What a proposal to another agent contains',
    affects: [{ metric: 'coordinationScore' }],
  },
  {
    name: 'proposalLingerMs',
    type: 'int',
    unit: 'ms',
    min: 0,
    max: 10_000,
    default: 2_000,
    purpose: 'message-overhead',
    description: 'How long proposals are held to be sent together; prices move in the meantime',
    affects: [{ metric: 'coordinationScore', improves: 'decrease' }],
  },
]
