import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  model: string
  temperature: number
  max_tokens: number
  retries: number
  context_chunks: number
  cache_seconds: number
}

/** Named as users of language models name them. */
export const knobs: KnobInput[] = [
  {
    name: 'model',
    type: 'enum',
    values: ['small', 'medium', 'large'],
    ordered: true,
    default: 'large',
    purpose: 'computation',
    description: 'Language model that writes the answers',
    affects: [
      { metric: 'costUsd', improves: 'decrease' },
      { metric: 'responseTime', improves: 'decrease' },
      { metric: 'qualityScore' },
    ],
  },
  {
    name: 'temperature',
    type: 'float',
    min: 0,
    max: 1.5,
    default: 1,
    purpose: 'decision',
    description: 'How freely the model chooses among what it has read',
    affects: [{ metric: 'qualityScore' }],
  },
  {
    name: 'max_tokens',
    type: 'int',
    unit: 'tokens',
    min: 20,
    max: 1_000,
    scale: 'log',
    default: 800,
    purpose: 'computation',
    description: 'Maximum length of an answer',
    affects: [
      { metric: 'costUsd', improves: 'decrease' },
      { metric: 'responseTime', improves: 'decrease' },
      { metric: 'qualityScore' },
    ],
  },
  {
    name: 'retries',
    type: 'int',
    min: 0,
    max: 4,
    default: 0,
    purpose: 'error-handling',
    description: 'Number of retries of a failed request',
    affects: [{ metric: 'successRate', improves: 'increase' }, { metric: 'responseTime' }],
  },
  {
    name: 'context_chunks',
    type: 'int',
    min: 1,
    max: 40,
    default: 34,
    purpose: 'data-quality',
    description: 'Number of notes that the model is given',
    affects: [
      { metric: 'costUsd', improves: 'decrease' },
      { metric: 'responseTime', improves: 'decrease' },
      { metric: 'qualityScore' },
    ],
  },
  {
    name: 'cache_seconds',
    type: 'int',
    unit: 's',
    min: 0,
    max: 600,
    default: 0,
    purpose: 'caching',
    description: 'How long an answer is cached; facts change',
    affects: [
      { metric: 'costUsd', improves: 'increase' },
      { metric: 'responseTime', improves: 'increase' },
      { metric: 'qualityScore' },
    ],
  },
]
