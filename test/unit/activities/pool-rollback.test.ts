import { expect, test } from 'vitest'
import { propagateRollback } from '../../../src/activities/pool.ts'
import type { Strategy } from '../../../src/model/strategy.ts'

const members = ['opt_1_a', 'opt_1_b'].map((strategyId) => ({ strategyId }))
const strategy = { id: 'opt_1_a', agentId: 'a', pool: { id: 'pool', members } } as unknown as Strategy

test.each([
  ['ada', { by: 'ada', reason: expect.stringMatching(/^the trial on a, .*: customers complain$/) }],
  [undefined, expect.stringMatching(/^the trial on a, .*: customers complain$/)],
])('the other agents of a pool are told why %s rolled back', async (by, note) => {
  const sent: unknown[] = []
  const getHandle = (workflowId: string) => ({ signal: async (...signal: unknown[]) => void sent.push([workflowId, ...signal]) })
  const temporal = { workflow: { getHandle } } as never
  await propagateRollback({ temporal }, strategy, { code: 'asked', reason: 'customers complain', by })
  expect(sent).toEqual([['trial-opt_1_b', 'rollBack', 'opt_1_b', note]])
})
