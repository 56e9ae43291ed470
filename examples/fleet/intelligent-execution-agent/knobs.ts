import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  venuesQueried: number
  parallelQuotes: number
  quoteTimeoutMs: number
  signalWindow: number
  riskPaths: number
  portfolioWindow: number
  portfolioCacheMs: number
  slippageBps: number
}

export const knobs: KnobInput[] = [
  {
    name: 'venuesQueried',
    type: 'int',
    min: 1,
    max: 4,
    default: 3,
    purpose: 'decision',
    description: 'Number of venues asked for a quote before an order is placed (decision speed)',
    affects: [{ metric: 'responseTime', improves: 'decrease' }, { metric: 'successRate' }],
  },
  {
    name: 'parallelQuotes',
    type: 'int',
    min: 1,
    max: 4,
    default: 1,
    purpose: 'parallelism',
    description: 'Number of venues asked at the same time',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
  },
  {
    name: 'quoteTimeoutMs',
    type: 'int',
    unit: 'ms',
    min: 50,
    max: 5_000,
    scale: 'log',
    default: 1_500,
    purpose: 'error-handling',
    description: 'Timeout for a venue that does not respond',
    affects: [{ metric: 'responseTime', improves: 'decrease' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'signalWindow',
    type: 'int',
    unit: 's',
    min: 10,
    max: 600,
    scale: 'log',
    default: 240,
    purpose: 'data-quality',
    description: 'How far back prices are used for computing momentum (signal processing)',
    affects: [{ metric: 'successRate' }],
  },
  {
    name: 'riskPaths',
    type: 'int',
    min: 100,
    max: 8_000,
    scale: 'log',
    default: 2_000,
    purpose: 'computation',
    description: 'Number of paths in the Monte Carlo simulation that limits the size of an order (risk calculation)',
    affects: [
      { metric: 'responseTime', improves: 'decrease' },
      { metric: 'resourceEfficiency', improves: 'decrease' },
    ],
  },
  {
    name: 'portfolioWindow',
    type: 'int',
    unit: 's',
    min: 20,
    max: 600,
    scale: 'log',
    default: 300,
    purpose: 'computation',
    description: 'Length of the return series used to compute correlations between holdings (portfolio analysis)',
    affects: [
      { metric: 'responseTime', improves: 'decrease' },
      { metric: 'resourceEfficiency', improves: 'decrease' },
    ],
  },
  {
    name: 'portfolioCacheMs',
    type: 'int',
    unit: 'ms',
    min: 100,
    max: 60_000,
    scale: 'log',
    default: 200,
    purpose: 'caching',
    description: 'How long the price histories of holdings are cached',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
  },
  {
    name: 'slippageBps',
    type: 'float',
    unit: 'bps',
    min: 0.1,
    max: 50,
    scale: 'log',
    default: 10,
    purpose: 'confidence',
    description: 'How far the price may move against an order before it is no longer filled',
    affects: [{ metric: 'successRate', improves: 'increase' }],
    risk: 'high',
  },
]
