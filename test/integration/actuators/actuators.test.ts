import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createActuator } from '../../../src/actuators/index.ts'
import type { Acknowledgement, Delivery } from '../../../src/messaging/protocol.ts'
import { getConfigureSubject } from '../../../src/messaging/subjects.ts'
import { patienceMs } from '../../support/eventually.ts'
import { assignNew, defaults, instanceOf, newName, type Optimizer, startAgent, startOptimizer } from '../agent/optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

describe.each(['nats', 'http'] as const)('a delivery to an agent over %s', (transport) => {
  const actuator = () => createActuator(transport, optimizer)
  const optimizerUrl = () => (transport === 'nats' ? optimizer.natsUrl : optimizer.httpUrl)
  const target = () => {
    const agentId = newName()
    return { agentId, instanceId: `${agentId}-1` }
  }

  it('ends when the instance runs with it and it has been read back', async () => {
    const there = target()
    const agent = await startAgent({ agentId: there.agentId, optimizer: optimizerUrl() })
    const delivery = await assignNew(optimizer.db, there.agentId, { poolSize: 8, cache: true })
    await actuator().deliver(there, delivery, 5_000)
    expect(agent.configuration).toEqual(delivery)
    expect(await actuator().readBack(there, 5_000)).toEqual(delivery)
    await vi.waitFor(
      async () => expect(await instanceOf(optimizer.db, there.agentId)).toMatchObject({ effectiveVersion: delivery.version }),
      patienceMs,
    )
  })

  it('that is repeated is applied once', async () => {
    const there = target()
    const apply = vi.fn()
    await startAgent({ agentId: there.agentId, optimizer: optimizerUrl(), apply })
    const delivery = await assignNew(optimizer.db, there.agentId, { poolSize: 8, cache: true })
    await Promise.all([actuator().deliver(there, delivery, 5_000), actuator().deliver(there, delivery, 5_000)])
    await actuator().deliver(there, delivery, 5_000)
    expect(apply).toHaveBeenCalledTimes(1)
  })

  it('fails with the instance’s reason when it refuses, and the old values stay', async () => {
    const there = target()
    const agent = await startAgent({
      agentId: there.agentId,
      optimizer: optimizerUrl(),
      apply: () => Promise.reject(new Error('no memory')),
    })
    const delivery = await assignNew(optimizer.db, there.agentId, { poolSize: 8, cache: true })
    await expect(actuator().deliver(there, delivery, 5_000)).rejects.toMatchObject({
      code: 'refused',
      retryable: false,
      message: expect.stringContaining('no memory'),
    })
    expect(agent.values).toEqual(defaults)
    expect(await actuator().readBack(there, 5_000)).toEqual({ version: 1, values: defaults })
  })

  it('waits for an instance that is slow to apply', async () => {
    const there = target()
    let done = () => {}
    const applied = new Promise<void>((resolve) => {
      done = resolve
    })
    const agent = await startAgent({ agentId: there.agentId, optimizer: optimizerUrl(), apply: () => applied })
    const delivery = await assignNew(optimizer.db, there.agentId, { poolSize: 8, cache: true })
    const delivered = actuator().deliver(there, delivery, 10_000)
    expect(await actuator().readBack(there, 5_000)).toEqual({ version: 1, values: defaults })
    done()
    await delivered
    expect(agent.configuration).toEqual(delivery)
  })

  it('fails as not acknowledged when the instance is down', async () => {
    const there = target()
    const agent = await startAgent({ agentId: there.agentId, optimizer: optimizerUrl() })
    await agent.close()
    const delivery = await assignNew(optimizer.db, there.agentId, { poolSize: 8, cache: true })
    const failure = { code: 'not-acknowledged', retryable: true }
    await expect(actuator().deliver(there, delivery, 600)).rejects.toMatchObject(failure)
    await expect(actuator().readBack(there, 600)).rejects.toMatchObject(failure)
  })

  it('reaches an instance that starts while it waits', async () => {
    const there = target()
    await (await startAgent({ agentId: there.agentId, optimizer: optimizerUrl() })).close()
    const delivery = await assignNew(optimizer.db, there.agentId, { poolSize: 8, cache: true })
    const delivered = actuator().deliver(there, delivery, 10_000)
    const agent = await startAgent({ agentId: there.agentId, optimizer: optimizerUrl() })
    await delivered
    expect(agent.configuration).toEqual(delivery)
  })
})

describe('a delivery over NATS', () => {
  it('waits for NATS to come back', async () => {
    const agentId = newName()
    const agent = await startAgent({ agentId, optimizer: optimizer.natsUrl })
    const delivery = await assignNew(optimizer.db, agentId, { poolSize: 8, cache: true })
    await optimizer.natsProxy.cut()
    const there = { agentId, instanceId: `${agentId}-1` }
    const delivered = createActuator('nats', optimizer).deliver(there, delivery, 20_000)
    await optimizer.natsProxy.restore()
    await delivered
    expect(agent.configuration).toEqual(delivery)
  })
})

describe('a delivery over NATS to an agent that violates the protocol', () => {
  const delivery: Delivery = { version: 2, values: { poolSize: 8 } }
  const answering = (answer: (acknowledgement: Acknowledgement) => unknown) => {
    const there = { agentId: newName(), instanceId: 'strange' }
    const callback = (_error: unknown, message: { respond(payload: string): boolean }) => {
      const reply = answer({ ...there, version: 2, status: 'applied', inForce: delivery })
      if (reply !== undefined) message.respond(JSON.stringify(reply))
    }
    const subscription = optimizer.nats.subscribe(getConfigureSubject(there.agentId, there.instanceId), { callback })
    onTestFinished(() => subscription.unsubscribe())
    return createActuator('nats', optimizer).deliver(there, delivery, 500)
  }

  it.each<[string, string, (acknowledgement: Acknowledgement) => unknown]>([
    ['never answers', 'not-acknowledged', () => undefined],
    ['answers nonsense', 'not-acknowledged', () => ({ ok: true })],
    ['answers with an error', 'not-acknowledged', () => ({ error: { code: 'odd', message: 'Not today.' } })],
    ['acknowledges another version', 'wrong-version', (given) => ({ ...given, version: 3 })],
    ['says another version is in force', 'wrong-version', (given) => ({ ...given, inForce: { ...delivery, version: 1 } })],
    ['says other values are in force', 'drifting', (given) => ({ ...given, inForce: { version: 2, values: { poolSize: 4 } } })],
  ])('fails when it %s', async (_what, code, answer) => {
    await expect(answering(answer)).rejects.toMatchObject({ code })
  })

  it('succeeds when it does', async () => {
    await expect(answering((given) => given)).resolves.toBeUndefined()
  })
})

describe('a delivery to a polling agent that violates the protocol', () => {
  it('fails when it acknowledges another version', async () => {
    const agentId = newName()
    const there = { agentId, instanceId: `${agentId}-1` }
    await (await startAgent({ agentId, optimizer: optimizer.httpUrl })).close()
    const delivery = await assignNew(optimizer.db, agentId, { poolSize: 8, cache: true })
    let waiting = true
    const delivered = createActuator('http', optimizer)
      .deliver(there, delivery, 1_000)
      .finally(() => {
        waiting = false
      })
    const failure = expect(delivered).rejects.toMatchObject({ code: 'wrong-version' })
    for (let version = 7; waiting; version++) {
      const body = JSON.stringify({ ...there, version, status: 'applied', inForce: { version, values: defaults } })
      const headers = { 'content-type': 'application/json' }
      await fetch(`${optimizer.httpUrl}/agents/acknowledge`, { method: 'POST', headers, body })
    }
    await failure
  })
})
