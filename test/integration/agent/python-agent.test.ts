import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { patienceMs } from '../../support/eventually.ts'
import { assignNew, instanceOf, type Optimizer, startOptimizer } from './optimizer.ts'

const document = readFileSync(new URL('../../../docs/agent-protocol.md', import.meta.url), 'utf8')
const program = /```python\n([\s\S]*?)```/.exec(document)?.[1] ?? ''

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

it('the agent in docs/agent-protocol.md has at most 60 lines', () => {
  expect(program.trimEnd().split('\n').length).toBeGreaterThan(20)
  expect(program.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
})

it('the agent in docs/agent-protocol.md registers, applies a new version, acknowledges it and reports under it', async () => {
  const env = { ...process.env, OPTIMIZER_URL: optimizer.httpUrl }
  const agent = spawn('python3', ['-c', program], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const agentId = 'price-watcher'
  try {
    const patient = { timeout: patienceMs, interval: 100 }
    await vi.waitFor(async () => expect(await instanceOf(optimizer.db, agentId)).toMatchObject({ effectiveVersion: 1 }), patient)
    const delivery = await assignNew(optimizer.db, agentId, { batchSize: 20 })
    await vi.waitFor(
      async () =>
        expect(await instanceOf(optimizer.db, agentId)).toMatchObject({
          transport: 'http',
          effectiveVersion: delivery.version,
          effectiveValues: { batchSize: 20 },
          refusedVersion: null,
        }),
      patient,
    )
    await vi.waitFor(async () => {
      const rows = await optimizer.db
        .selectFrom('agentExecutions')
        .where('agentName', '=', agentId)
        .select('configurationVersion')
        .distinct()
        .execute()
      expect(rows.map((row) => row.configurationVersion).sort()).toEqual([1, delivery.version])
    }, patient)
  } finally {
    agent.kill()
    if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit')
  }
})
