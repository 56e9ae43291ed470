import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { AgentGateway } from '../../../src/api/gateway/gateway.ts'
import { serveNats } from '../../../src/api/gateway/nats.ts'
import { InvalidMessageReporter } from '../../../src/api/invalid-message-reporter.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { gatewaySubjects, getConfigureSubject } from '../../../src/messaging/subjects.ts'
import { engineSettingsSchema } from '../../../src/model/engine-settings.ts'
import { defaultTelemetry } from '../../../src/model/telemetry.ts'
import { startNats } from '../../../src/servers/nats.ts'
import { patienceMs } from '../../support/eventually.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'
import { newName, type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer?.stop())

it('closing an agent while it applies a configuration does not crash it', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const agentId = newName()
  const applying = Promise.withResolvers<void>()
  const applied = Promise.withResolvers<void>()
  const agent = await startAgent({
    agentId,
    optimizer: optimizer.natsUrl,
    async apply() {
      applying.resolve()
      await applied.promise
    },
  })
  optimizer.nats.publish(
    getConfigureSubject(agentId, `${agentId}-1`),
    JSON.stringify({ version: 2, values: { poolSize: 8, cache: false } }),
    {
      reply: 'nobody',
    },
  )
  await applying.promise
  await agent.close(0)
  applied.resolve()
  await vi.waitFor(() => expect(agent.configuration.version).toBe(2), patienceMs)
  await new Promise(setImmediate)
  expect(unhandled).not.toHaveBeenCalled()
})

it('a gateway that is stopping answers the requests it has accepted', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-gateway-test-'))
  const [server, store] = await Promise.all([startNats(dataDir, 0, console.error), createTestStore()])
  const [nats, asking] = await Promise.all([connectNats(server.url, 'gateway'), connectNats(server.url, 'agent')])
  onTestFinished(async () => {
    await asking.close()
    await server.stop()
    await store.drop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const context = { db: store.db, metrics: [], engine: engineSettingsSchema.parse({}), telemetry: defaultTelemetry }
  const gateway = serveNats(new AgentGateway(context, console.error), nats, new InvalidMessageReporter(nats))
  const { lock, release } = await lockedAgents(store)
  const answer = asking.request(gatewaySubjects.announce, JSON.stringify(announcement('hunter', 'hunter-1')), { timeout: 10_000 })
  await vi.waitFor(async () => expect(await waiting(store)).toBe(1), patienceMs)
  const stopped = gateway.stop().then(() => nats.close())
  expect(await Promise.race([stopped, sleep(100, 'still answering')])).toBe('still answering')
  release()
  await Promise.all([lock, stopped])
  expect((await answer).json()).toMatchObject({ version: 1 })
})

/** Holds up whoever wants to register an agent. */
async function lockedAgents({ db }: TestStore) {
  const locked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const lock = db.transaction().execute(async (trx) => {
    await sql`lock table agents in access exclusive mode`.execute(trx)
    locked.resolve()
    await released.promise
  })
  await locked.promise
  return { lock, release: () => released.resolve() }
}

async function waiting({ db }: TestStore): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from pg_locks where not granted
    and database = (select oid from pg_database where datname = current_database())`.execute(db)
  return Number(rows[0]!.count)
}
