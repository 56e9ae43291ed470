import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { RESTART_EXIT_CODE } from '../../../src/agent/index.ts'
import { getConfigureSubject } from '../../../src/messaging/subjects.ts'
import { patienceMs } from '../../support/eventually.ts'
import { assignNew, defaults, instanceOf, knobs, newName, type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

describe.each(['nats', 'http'] as const)('an agent over %s', (transport) => {
  const address = () => (transport === 'nats' ? optimizer.natsUrl : optimizer.httpUrl)
  const start = (options: Omit<Parameters<typeof startAgent>[0], 'optimizer'> = {}) =>
    startAgent({ optimizer: address(), ...options })

  it('registers its knobs and runs with their defaults', async () => {
    const agentId = newName()
    const agent = await start({ agentId, url: 'http://127.0.0.1:9/' })
    expect(agent.configuration).toEqual({ version: 1, values: defaults })
    await vi.waitFor(
      async () =>
        expect(await instanceOf(optimizer.db, agentId)).toMatchObject({
          transport,
          url: 'http://127.0.0.1:9/',
          processId: process.pid,
          assignedVersion: 1,
          effectiveVersion: 1,
          effectiveValues: defaults,
        }),
      patienceMs,
    )
  })

  it('finds a version that was assigned but never delivered, applies it and acknowledges it', async () => {
    const agentId = newName()
    const apply = vi.fn()
    const agent = await start({ agentId, apply })
    const delivery = await assignNew(optimizer.db, agentId, { poolSize: 8, cache: false })
    await vi.waitFor(() => expect(agent.configuration).toEqual(delivery), patienceMs)
    expect(apply.mock.calls).toEqual([[{ poolSize: 8, cache: false }, { poolSize: 8 }]])
    await vi.waitFor(
      async () =>
        expect(await instanceOf(optimizer.db, agentId)).toMatchObject({
          effectiveVersion: delivery.version,
          effectiveValues: delivery.values,
        }),
      patienceMs,
    )
  })

  it('ends with code 75 when it may restart for a knob that takes effect only then, and starts with the version', async () => {
    const agentId = newName()
    const program = fileURLToPath(new URL('../../support/exiting-agent.ts', import.meta.url))
    const launch = async () => {
      const child = fork(program, { env: { ...process.env, AGENT_ID: agentId, OPTIMIZER_URL: address() } })
      onTestFinished(() => void child.kill())
      const [inForce] = await once(child, 'message')
      return { child, inForce }
    }
    const first = await launch()
    expect(first.inForce).toEqual({ version: 1, values: { pauseMs: 20 } })
    const delivery = await assignNew(optimizer.db, agentId, { pauseMs: 2 })
    const [code] = await once(first.child, 'exit')
    expect(code).toBe(RESTART_EXIT_CODE)
    expect((await launch()).inForce).toEqual(delivery)
  })

  it('starts with the assigned version after a restart', async () => {
    const agentId = newName()
    await (await start({ agentId })).close()
    const delivery = await assignNew(optimizer.db, agentId, { poolSize: 8, cache: true })
    const agent = await start({ agentId })
    expect(agent.configuration).toEqual(delivery)
  })

  it('refuses a version it cannot apply, keeps the old values and gives the reason', async () => {
    const agentId = newName()
    const agent = await start({
      agentId,
      apply() {
        throw new Error('no memory')
      },
    })
    const { version } = await assignNew(optimizer.db, agentId, { poolSize: 8, cache: false })
    await vi.waitFor(
      async () =>
        expect(await instanceOf(optimizer.db, agentId)).toMatchObject({
          effectiveVersion: 1,
          effectiveValues: defaults,
          refusedVersion: version,
          refusal: 'the agent could not apply it: no memory',
        }),
      patienceMs,
    )
    expect(agent.configuration).toEqual({ version: 1, values: defaults })
  })

  it('gets the closest value that it allows if that of the version is out of its bounds', async () => {
    const agentId = newName()
    const agent = await start({ agentId })
    const values = JSON.stringify({ poolSize: 99, cache: true })
    await optimizer.db
      .insertInto('configurations')
      .values({ agentId, version: 2, values, origin: 'operator', reason: 'For another release' })
      .execute()
    await optimizer.db.updateTable('agentInstances').set({ assignedVersion: 2 }).where('agentId', '=', agentId).execute()
    await vi.waitFor(
      async () =>
        expect(await instanceOf(optimizer.db, agentId)).toMatchObject({ effectiveVersion: 2, refusedVersion: null, drift: null }),
      patienceMs,
    )
    expect(agent.values).toEqual({ poolSize: 32, cache: true })
  })

  it('announces itself again if the optimizer no longer knows it', async () => {
    const agentId = newName()
    await start({ agentId })
    await optimizer.db.deleteFrom('agentInstances').where('agentId', '=', agentId).execute()
    await vi.waitFor(
      async () => expect(await instanceOf(optimizer.db, agentId)).toMatchObject({ assignedVersion: 1 }),
      patienceMs,
    )
  })

  it('gets the values of the knobs that it declares when it restarts with others', async () => {
    const agentId = newName()
    await (await start({ agentId })).close()
    await assignNew(optimizer.db, agentId, { poolSize: 8, cache: true })
    const agent = await start({ agentId, knobs: [knobs[0]!] })
    expect(agent.configuration).toEqual({ version: 2, values: { poolSize: 8 } })
  })
})

it('a delayed delivery does not set an agent back to an older version', async () => {
  const agentId = newName()
  const agent = await startAgent({ agentId, optimizer: optimizer.natsUrl })
  const send = async (version: number, poolSize: number) => {
    const delivery = { version, values: { poolSize, cache: false } }
    return (await optimizer.nats.request(getConfigureSubject(agentId, `${agentId}-1`), JSON.stringify(delivery))).json()
  }
  expect(await send(3, 8)).toMatchObject({ version: 3, status: 'applied' })
  expect(await send(2, 16)).toMatchObject({ version: 2, status: 'refused', inForce: { version: 3, values: { poolSize: 8 } } })
  expect(agent.values.poolSize).toBe(8)
})
