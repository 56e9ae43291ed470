import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  postPages: number
  parallelPages: number
  pageRetries: number
  postCacheMs: number
  similarityThreshold: number
  draftCount: number
  leastSupport: number
}

export const knobs: KnobInput[] = [
  {
    name: 'postPages',
    type: 'int',
    min: 1,
    max: 10,
    default: 5,
    purpose: 'data-quality',
    description: 'Pages of posts that a narrative is drawn from',
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
    description: 'Pages fetched at the same time',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
  },
  {
    name: 'pageRetries',
    type: 'int',
    min: 0,
    max: 3,
    default: 0,
    purpose: 'error-handling',
    description: 'How often a page that failed is fetched again',
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
    description: 'How long posts are used again; themes change',
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
    description: 'How alike posts must be to belong to one cluster',
    affects: [{ metric: 'successRate' }],
  },
  {
    name: 'draftCount',
    type: 'int',
    min: 1,
    max: 12,
    default: 4,
    purpose: 'computation',
    description: 'Clusters that a draft is written for',
    affects: [{ metric: 'successRate' }, { metric: 'resourceEfficiency', improves: 'decrease' }],
  },
  {
    name: 'leastSupport',
    type: 'float',
    min: 0,
    max: 1,
    default: 0.3,
    purpose: 'negotiation',
    description: 'Share of posts behind a narrative below which it is not proposed to others',
    affects: [{ metric: 'coordinationScore' }],
  },
]
