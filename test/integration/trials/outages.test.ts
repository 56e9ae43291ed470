import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { natsUsers, System } from '../../support/system.ts'
import { inState, pastOf, settled, tryChange, unitsOf, violations } from '../../support/trials.ts'

/** How long a server is away. */
const awayMs = Number(process.env.OUTAGE_SECONDS ?? 5) * 1_000

let system: System
beforeAll(async () => {
  system = await System.start({ maxSamples: 300 }, {}, { behindProxies: true })
  system.startWorker()
})
afterAll(() => system?.stop())

test.each(['nats', 'postgres', 'temporal'] as const)(
  'a trial during which %s is away ends with the old or the new version on every instance, the next one works, and no execution is lost',
  async (server) => {
    const agentId = `without-${server}`
    const instances = await system.startAgent(agentId, 2)
    const { trialId } = await tryChange(system, agentId, { rounds: 9 })
    await inState(system, trialId, ['observing'])
    await system.links[server].cut()
    await sleep(awayMs)
    await system.links[server].restore()
    await settled(system, trialId, instances)
    expect(await violations(system, trialId, instances)).toEqual([])
    await pastOf(instances)
    const next = await (await tryChange(system, agentId, { route: 'shortcut' })).result()
    expect(next, next.reason).toMatchObject({ verdict: 'keep' })
    const done = await unitsOf(instances)
    await eventually('all executions to arrive', async () => ((await reported(agentId)) >= done ? true : undefined))
  },
)

test('after NATS has refused the optimizer’s credentials for seconds, its processes reconnect and the trial is rolled back everywhere', async () => {
  const instances = await system.startAgent('with-other-credentials', 2)
  const { trialId } = await tryChange(system, 'with-other-credentials', { rounds: 9 })
  await inState(system, trialId, ['observing'])
  await system.nats.configure({ ...natsUsers, optimizer: { password: 'another' } })
  await sleep(Math.max(awayMs, 6_000))
  expect((await fetch(`${system.apiUrl}/healthz`)).status).toBe(503)
  await system.nats.configure(natsUsers)
  await system.client.rollBack(trialId)
  await settled(system, trialId, instances)
  expect(await violations(system, trialId, instances)).toEqual([])
  expect((await fetch(`${system.apiUrl}/healthz`)).status).toBe(200)
})

async function reported(agentId: string): Promise<number> {
  const { count } = await system.db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
