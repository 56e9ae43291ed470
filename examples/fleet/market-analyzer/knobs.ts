import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  headlinePages: number
  parallelPages: number
  lexicon: 'compact' | 'full'
  candleCount: number
  indicatorSet: 'trend' | 'momentum' | 'all'
  patternLength: number
  patternStride: number
  resultCacheMs: number
}

export const knobs: KnobInput[] = [
  {
    name: 'headlinePages',
    type: 'int',
    min: 1,
    max: 10,
    default: 4,
    purpose: 'data-quality',
    description: 'Number of pages of headlines read for sentiment (sentiment analysis)',
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
    name: 'lexicon',
    type: 'enum',
    values: ['compact', 'full'],
    default: 'full',
    purpose: 'decision',
    description: 'Which words determine the sentiment of a headline (sentiment analysis)',
    affects: [{ metric: 'successRate' }],
  },
  {
    name: 'candleCount',
    type: 'int',
    unit: 's',
    min: 20,
    max: 600,
    scale: 'log',
    default: 200,
    purpose: 'data-quality',
    description: 'How far back indicators look (indicator calculation)',
    affects: [{ metric: 'successRate' }],
  },
  {
    name: 'indicatorSet',
    type: 'enum',
    values: ['trend', 'momentum', 'all'],
    default: 'all',
    purpose: 'computation',
    description: 'Which indicators are computed',
    affects: [{ metric: 'successRate' }, { metric: 'resourceEfficiency' }],
  },
  {
    name: 'patternLength',
    type: 'int',
    min: 8,
    max: 120,
    scale: 'log',
    default: 40,
    purpose: 'computation',
    description: 'Length of the current price pattern that is matched against the past (pattern detection)',
    affects: [{ metric: 'successRate' }, { metric: 'resourceEfficiency', improves: 'decrease' }],
  },
  {
    name: 'patternStride',
    type: 'int',
    min: 1,
    max: 20,
    default: 1,
    purpose: 'computation',
    description: 'Distance between the points in the past that are compared (pattern detection)',
    affects: [{ metric: 'resourceEfficiency', improves: 'increase' }, { metric: 'successRate' }],
  },
  {
    name: 'resultCacheMs',
    type: 'int',
    unit: 'ms',
    min: 100,
    max: 120_000,
    scale: 'log',
    default: 500,
    purpose: 'caching',
    description: 'How long the analysis of a symbol is cached',
    affects: [{ metric: 'responseTime', improves: 'increase' }, { metric: 'successRate' }],
    risk: 'medium',
  },
]
