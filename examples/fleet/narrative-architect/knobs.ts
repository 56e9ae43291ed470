import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  postPages: number
  parallelPages: number
  pageRetries: number
  postCacheMs: number
  similarityThreshold: number
  draftCount: number
  minSupport: number
}

export const knobs: KnobInput[] = [
  {
    name: 'postPages',
    type: 'int',
    min: 1,
    max: 10,
    default: 5,
    purpose: 'data-quality',
    description: 'Number of pages of posts that a narrative is based on',
    affects: [
      { metric: 'successRate', improves: 'increase' },
      { metric: 'responseTime', improves: 'decrease' },
    ],
  },
  {
    name: 'parallelPages',
    type: 'int',
    min: 1,
    max: 5,
    default: 1,
    purpose: 'parallelism',
    description: 'Number of pages fetched at the same time',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
  },
  {
    name: 'pageRetries',
    type: 'int',
    min: 0,
    max: 3,
    default: 0,
    purpose: 'error-handling',
    description: 'Number of retries of a failed page',
    affects: [{ metric: 'successRate', improves: 'increase' }, { metric: 'responseTime' }],
  },
  {
    name: 'postCacheMs',
    type: 'int',
    unit: 'ms',
    min: 100,
    max: 120_000,
    scale: 'log',
    default: 500,
    purpose: 'caching',
    description: 'How long posts are cached; themes change',
    affects: [{ metric: 'responseTime', improves: 'increase' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'similarityThreshold',
    type: 'float',
    min: 0.05,
    max: 0.9,
    default: 0.25,
    purpose: 'decision',
    description: 'How similar posts must be to belong to one cluster',
    affects: [{ metric: 'successRate' }],
  },
  {
    name: 'draftCount',
    type: 'int',
    min: 1,
    max: 12,
    default: 4,
    purpose: 'computation',
    description: 'Number of clusters for which a draft is written',
    affects: [{ metric: 'successRate' }, { metric: 'resourceEfficiency', improves: 'decrease' }],
  },
  {
    name: 'minSupport',
    type: 'float',
    min: 0,
    max: 1,
    default: 0.3,
    purpose: 'negotiation',
    description: 'Minimum share of posts behind a narrative for it to be proposed to other agents',
    affects: [{ metric: 'coordinationScore' }],
  },
]
