import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'

export interface Settings extends KnobValues {
  parallelDesks: number
  deskTimeoutMs: number
  deskRetries: number
  budgetCacheMs: number
  planSteps: number
  allocationLingerMs: number
}

export const knobs: KnobInput[] = [
  {
    name: 'parallelDesks',
    type: 'int',
    min: 1,
    max: 4,
    default: 1,
    purpose: 'parallelism',
    description: 'Number of desks asked for their budget at the same time',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
  },
  {
    name: 'deskTimeoutMs',
    type: 'int',
    unit: 'ms',
    min: 50,
    max: 5_000,
    scale: 'log',
    default: 1_500,
    purpose: 'error-handling',
    description: 'Timeout for a desk that does not respond',
    affects: [{ metric: 'responseTime', improves: 'decrease' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'deskRetries',
    type: 'int',
    min: 0,
    max: 4,
    default: 1,
    purpose: 'error-handling',
    description: 'Number of retries of a desk that failed',
    affects: [{ metric: 'successRate', improves: 'increase' }],
  },
  {
    name: 'budgetCacheMs',
    type: 'int',
    unit: 'ms',
    min: 100,
    max: 60_000,
    scale: 'log',
    default: 300,
    purpose: 'caching',
    description: 'How long budgets are cached; plans based on outdated ones are rejected',
    affects: [{ metric: 'responseTime', improves: 'increase' }, { metric: 'successRate' }],
    risk: 'medium',
  },
  {
    name: 'planSteps',
    type: 'int',
    min: 10,
    max: 200,
    scale: 'log',
    default: 60,
    purpose: 'computation',
    description: 'How finely the budget is divided among the agents',
    affects: [{ metric: 'resourceEfficiency', improves: 'decrease' }],
  },
  {
    name: 'allocationLingerMs',
    type: 'int',
    unit: 'ms',
    min: 0,
    max: 5_000,
    default: 200,
    purpose: 'message-overhead',
    description: 'How long allocations are held to be sent together',
    affects: [{ metric: 'coordinationScore' }],
  },
]
