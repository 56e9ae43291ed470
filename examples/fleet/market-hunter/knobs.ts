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
    description: 'Which source is asked first; the last ones may not be asked at all',
    affects: [{ metric: 'successRate' }, { metric: 'responseTime' }],
  },
  {
    name: 'sourcesPerDecision',
    type: 'int',
    min: 1,
    max: 8,
    default: 8,
    purpose: 'computation',
    description: 'How many sources are asked at most for one decision (query selection)',
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
    description: 'How many sources are asked at the same time; sources shut out clients that ask too much at once',
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
    description: 'When a source that does not answer is given up',
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
    description: 'How often a failed query is tried again',
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
    description: 'How long an answer of a source is used again; old answers mislead',
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
    description: 'What a source counts in the decision: by its place in the order, all the same, or by how often it was right',
    affects: [{ metric: 'successRate', improves: 'increase' }],
  },
  {
    name: 'confidenceThreshold',
    type: 'float',
    min: 0.5,
    max: 0.99,
    default: 0.95,
    purpose: 'confidence',
    description: 'No further source is asked once the decision is this sure (decision speed)',
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
    description: 'How long proposals wait to be sent together; prices move meanwhile',
    affects: [{ metric: 'coordinationScore', improves: 'decrease' }],
  },
]
