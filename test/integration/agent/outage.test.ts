import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Agent, connectAgent } from '../../../src/agent/index.ts'
import { patienceMs } from '../../support/eventually.ts'
import { slowdown } from '../../support/machine.ts'
import { assignNew, defaults, instanceOf, knobs, newName, type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

const arrived = async (agentId: string) => {
  const rows = await optimizer.db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .select('executionTimeMs')
    .execute()
  return rows.map((row) => row.executionTimeMs ?? -1).sort((a, b) => a - b)
}
const report = (agent: Agent, durations: number[]) => {
  for (const durationMs of durations) agent.reportExecution({ type: 'cycle', durationMs, success: true })
}

describe('an agent', () => {
  it('works immediately with its defaults while NATS is away, and connects when it comes back', async () => {
    await optimizer.natsProxy.cut()
    const agentId = newName()
    const began = performance.now()
    const agent = await startAgent({ agentId, optimizer: optimizer.natsUrl })
    expect(performance.now() - began).toBeLessThan(1_000 * (await slowdown()))
    expect(agent.values).toEqual(defaults)
    expect(await agent.run('cycle', ({ values }) => values.poolSize)).toBe(4)
    await optimizer.natsProxy.restore()
    await vi.waitFor(async () => expect(await arrived(agentId)).toHaveLength(1), patienceMs)
    expect(await instanceOf(optimizer.db, agentId)).toMatchObject({ assignedVersion: 1 })
  })

  it('loses nothing and counts nothing twice while NATS is away, and catches up with the assigned version', async () => {
    const agentId = newName()
    const agent = await startAgent({ agentId, optimizer: optimizer.natsUrl })
    report(agent, [1])
    await optimizer.natsProxy.cut()
    report(agent, [2])
    const delivery = await assignNew(optimizer.db, agentId, { poolSize: 8, cache: false })
    await agent.flush(500)
    report(agent, [3])
    await optimizer.natsProxy.restore()
    await vi.waitFor(async () => expect(await arrived(agentId)).toEqual([1, 2, 3]), patienceMs)
    await vi.waitFor(() => expect(agent.configuration).toEqual(delivery), patienceMs)
  })

  it.each(['nats', 'http'] as const)(
    'over %s loses nothing and counts nothing twice while PostgreSQL is away',
    async (transport) => {
      const agentId = newName()
      const agent = await startAgent({ agentId, optimizer: transport === 'nats' ? optimizer.natsUrl : optimizer.httpUrl })
      report(agent, [1])
      await optimizer.postgresProxy.cut()
      report(agent, [2])
      await agent.flush(500)
      expect((await fetch(`${optimizer.httpUrl}/healthz`)).status).toBe(503)
      report(agent, [3])
      await optimizer.postgresProxy.restore()
      await vi.waitFor(async () => expect(await arrived(agentId)).toEqual([1, 2, 3]), patienceMs)
      expect((await fetch(`${optimizer.httpUrl}/healthz`)).status).toBe(200)
    },
  )

  it('closes in time while the optimizer is away', async () => {
    const agentId = newName()
    const agent = await connectAgent({
      agentId,
      kind: 'hunter',
      instanceId: `${agentId}-1`,
      knobs,
      optimizer: 'http://127.0.0.1:9',
    })
    report(agent, [1])
    const closed = agent.close(300).then(() => 'closed')
    expect(await Promise.race([closed, delay(2_000 * (await slowdown()), 'still open')])).toBe('closed')
  })

  it('reports what is wrong with its declaration', async () => {
    const agent = { agentId: 'hunter', kind: 'hunter', instanceId: 'hunter-1', optimizer: optimizer.natsUrl }
    await expect(connectAgent({ ...agent, knobs: [{ ...knobs[0]!, default: 99 } as never] })).rejects.toThrow(
      'knobs.0: the default of poolSize must be from 1 to 32, not 99',
    )
    await expect(connectAgent({ ...agent, knobs, optimizer: 'somewhere' })).rejects.toThrow('nats://127.0.0.1:4222')
  })
})
