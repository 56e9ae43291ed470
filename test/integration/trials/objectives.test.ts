import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Agent, connectAgent, type KnobInput, type KnobValues } from '../../../src/agent/index.ts'
import { readMetrics } from '../../../src/reading/metrics.ts'
import { getCurrentConfiguration } from '../../../src/store/agents.ts'
import { eventually } from '../../support/eventually.ts'
import { countExecutions } from '../../support/store.ts'
import { System } from '../../support/system.ts'

const knobs: KnobInput[] = [
  { name: 'contextChunks', type: 'int', min: 1, max: 40, default: 30, purpose: 'computation' },
  { name: 'tone', type: 'enum', values: ['plain', 'kind', 'curt'], default: 'plain', purpose: 'computation' },
]
const objective = { kind: 'bot', minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] }

let system: System
beforeAll(async () => {
  system = await System.start({}, { objectives: [objective] })
  system.startWorker()
})
afterAll(() => system?.stop())

/** What the answer of a bot costs, and how good it is, which another model finds out later. */
const answer = ({ contextChunks, tone }: KnobValues) => ({
  costUsd: 0.001 * Number(contextChunks) * (0.8 + 0.4 * Math.random()),
  qualityScore: (tone === 'curt' ? 0.6 : 0.9) + 0.1 * (Math.random() - 0.5),
})

/** Three instances that answer all the time. */
async function startBots(agentId: string): Promise<Agent[]> {
  const ended = new AbortController()
  const bots = await Promise.all(
    [1, 2, 3].map((number) =>
      connectAgent({
        agentId,
        kind: 'bot',
        instanceId: `${agentId}-${number}`,
        knobs,
        optimizer: system.natsUrl,
        heartbeatMs: 500,
      }),
    ),
  )
  const work = async (bot: Agent) => {
    while (!ended.signal.aborted) {
      const { id, qualityScore } = await bot.run('answer', async ({ values }, execution) => {
        const { costUsd, qualityScore } = answer(values)
        execution.record({ costUsd })
        await sleep(5 + 10 * Math.random())
        return { id: execution.id, qualityScore }
      })
      bot.reportScore(id, { qualityScore })
      await sleep(20)
    }
  }
  const working = bots.map(work)
  onTestFinished(async () => {
    ended.abort()
    await Promise.all(working)
    await Promise.all(bots.map((bot) => bot.close(0)))
  })
  await eventually(`${agentId} to be known`, async () => ((await countExecutions(system.db, agentId)) >= 300 ? true : undefined))
  return bots
}

test('a change that lowers the cost within the bounds is kept, and reported as such', async () => {
  await startBots('frugal')
  const { result } = await system.client.tryChange('frugal', { contextChunks: 12 }, 'a test')
  expect(await result()).toMatchObject({ verdict: 'keep', metric: 'costUsd', reason: 'cost is better' })
  expect((await getCurrentConfiguration(system.db, 'frugal')).values).toMatchObject({ contextChunks: 12 })
  const [known] = await readMetrics(system.client, 'frugal')
  expect(known!.metrics.find(({ metric }) => metric === 'qualityScore')!.value).toBeCloseTo(0.9, 1)
})

test('a change that lowers the cost and breaks a bound is rolled back, with the bound as the reason', async () => {
  await startBots('curt')
  const { result } = await system.client.tryChange('curt', { contextChunks: 12, tone: 'curt' }, 'a test')
  expect(await result()).toMatchObject({
    verdict: 'roll-back',
    reason: expect.stringContaining('quality score is not at least 80%'),
  })
  expect((await getCurrentConfiguration(system.db, 'curt')).values).toMatchObject({ contextChunks: 30, tone: 'plain' })
})

test('a cycle plans for the objective, and a strategy says which one it serves', async () => {
  await startBots('planned')
  const { outcomes } = await system.client.runCycle({ target: 'planned' })
  expect(outcomes[0]).toMatchObject({ agentId: 'planned', metric: 'costUsd' })
  const strategies = await system.db
    .selectFrom('strategies')
    .where('agentId', '=', 'planned')
    .select(['type', 'content'])
    .execute()
  expect(strategies[0]).toMatchObject({ type: 'agent_objective', content: { objective, targetMetric: 'costUsd' } })
})
