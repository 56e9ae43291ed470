import type { KnobInput } from '../../../src/agent/index.ts'

export const knobs: KnobInput[] = [
  {
    name: 'rounds',
    description: 'Rounds of one unit: the fewer, the faster',
    type: 'int',
    min: 1,
    max: 64,
    default: 8,
    scale: 'log',
    purpose: 'computation',
    affects: [{ metric: 'responseTime', improves: 'decrease' }],
  },
  {
    name: 'deadlineMs',
    description: 'A unit that takes longer has failed; at 0 every one does',
    type: 'int',
    min: 0,
    max: 10_000,
    default: 10_000,
    purpose: 'error-handling',
    affects: [{ metric: 'successRate', improves: 'increase' }],
  },
  {
    name: 'iterations',
    description: 'Of every round; fewer are faster and easier to break',
    type: 'int',
    min: 100,
    max: 10_000,
    default: 400,
    scale: 'log',
    purpose: 'computation',
    affects: [{ metric: 'responseTime', improves: 'decrease' }],
    risk: 'high',
  },
  { name: 'padding', description: 'Nothing reads it', type: 'int', min: 0, max: 100, default: 0, purpose: 'caching' },
  {
    name: 'meter',
    description: 'A broken meter measures NaN',
    type: 'enum',
    values: ['working', 'broken'],
    default: 'working',
    purpose: 'data-quality',
  },
  {
    name: 'route',
    description: 'How a unit gets what it needs: the shortcut is fast until it is jammed, the detour always slow',
    type: 'enum',
    values: ['usual', 'shortcut', 'detour'],
    default: 'usual',
    purpose: 'data-quality',
  },
]

export const defaults = { rounds: 8, deadlineMs: 10_000, iterations: 400, padding: 0, meter: 'working', route: 'usual' }
