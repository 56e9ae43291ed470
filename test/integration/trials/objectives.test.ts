import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Agent, connectAgent, type KnobInput, type KnobValues } from '../../../src/agent/index.ts'
import { explain } from '../../../src/reading/explain.ts'
import { readMetrics } from '../../../src/reading/metrics.ts'
import type { ObjectiveView } from '../../../src/reading/objectives.ts'
import { readResults } from '../../../src/reading/results.ts'
import { getCurrentConfiguration } from '../../../src/store/agents.ts'
import { formatResultBlocks } from '../../../src/terminal/format-results.ts'
import { admitTrial } from '../../../src/trials/admit.ts'
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

/** The cost of a bot's answer, and its quality, which another model finds out later. */
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
        metrics: [{ name: 'energyJ', unit: 'J', kind: 'continuous', direction: 'lower' }],
        optimizer: system.natsUrl,
        heartbeatMs: 500,
      }),
    ),
  )
  const work = async (bot: Agent) => {
    while (!ended.signal.aborted) {
      const { id, qualityScore } = await bot.run('answer', async ({ values }, execution) => {
        const { costUsd, qualityScore } = answer(values)
        execution.record({ costUsd, energyJ: 4_000 * costUsd })
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
  const { items } = await readResults(system.client)
  const { effects, successMetrics } = items.find(({ strategy }) => strategy.agentId === 'frugal')!
  expect(effects![0]).toMatchObject({ metric: 'costUsd', effect: 'gained' })
  expect(effects!.find(({ metric }) => metric === 'qualityScore')!.bounds).toEqual([{ bound: 'at least 80%', holds: true }])
  expect(effects!.map(({ metric }) => metric)).toEqual(expect.arrayContaining(['energyJ', 'throughput', 'responseTimeP95']))
  expect(successMetrics!.map(({ description, outcome }) => [description, outcome])).toEqual([
    ['Better cost', 'met'],
    ['Quality score at least 80%', 'met'],
  ])
  const { sections } = await explain(system.client, 'frugal')
  expect(sections[0]!.sentences[0]).toContain('minimize costUsd, subject to qualityScore>=0.8')
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

describe('an objective that is set by command', () => {
  const send = async (method: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${system.apiUrl}/api/objectives`, { method, headers, body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  const get = async (path: string) => await (await fetch(`${system.apiUrl}/api/objectives${path}`)).json()
  const saving = { agent: 'steered', minimize: 'energyJ', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] }

  test('counts from the next plan on, and a trial that was planned before it does not start', async () => {
    await startBots('steered')
    await system.client.runCycle({ target: 'steered', dryRun: true })
    const { content: planned } = await system.db
      .selectFrom('strategies')
      .where('agentId', '=', 'steered')
      .select('content')
      .executeTakeFirstOrThrow()
    const set = await send('PUT', { objective: saving, by: 'ada', reason: 'a bill' })
    expect(set).toMatchObject({ status: 200, body: { agents: ['steered'], source: 'command', by: 'ada', why: 'a bill' } })
    const policy = { aggressiveness: 3, focus: null, resourceMode: 'normal' as const }
    await expect(admitTrial(system.db, system.client.config, { strategy: planned, kind: 'bot', policy })).rejects.toMatchObject({
      code: 'objective-changed',
    })

    const { result } = await system.client.tryChange('steered', { contextChunks: 12 }, 'a test')
    expect(await result()).toMatchObject({ verdict: 'keep', metric: 'energyJ', reason: 'energyJ is better' })
    const [shown] = await readResults(system.client).then(({ items }) => items)
    expect(formatResultBlocks([shown!])).toContain('energyJ')
  })

  test('takes precedence over that of the configuration until it is cleared; both are on record', async () => {
    const inForce = async () =>
      ((await get('')) as ObjectiveView[]).map(({ objective, source }: ObjectiveView) => [objective.minimize, source])
    expect(await inForce()).toEqual([
      ['energyJ', 'command'],
      ['costUsd', 'configuration'],
    ])
    const cleared = { scope: { agent: 'steered' }, by: 'bob', reason: '' }
    expect(await send('DELETE', cleared)).toEqual({ status: 200, body: { cleared: true } })
    expect(await send('DELETE', cleared)).toEqual({ status: 200, body: { cleared: false } })
    expect(await inForce()).toEqual([['costUsd', 'configuration']])
    expect(await get('/history')).toMatchObject([
      { agent: 'steered', objective: null, changedBy: 'bob' },
      { agent: 'steered', objective: saving, changedBy: 'ada', reason: 'a bill' },
    ])
  })

  test.each([
    [{ maximize: 'energyJ' }, 400, 'energyJ is better when it is lower'],
    [{ minimize: 'energyJ', subjectTo: [{ metric: 'energyJ', max: -1 }] }, 400, 'must be above 0'],
    [{ agent: 'nobody', minimize: 'costUsd' }, 404, 'nobody'],
    [{ minimize: 'energyJ', subjectTo: [{ metric: 'qualtyScore', min: 0.8 }] }, 400, 'use qualityScore if you mean that'],
  ])('%j is refused', async (objective, status, reason) => {
    const answer = await send('PUT', { objective, by: 'ada', reason: '' })
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, expect.stringContaining(reason)])
  })

  test('is set, shown and cleared on the command line', async () => {
    const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
    const env = { ...process.env, ...system.environment }
    const objective = async (...args: string[]) =>
      (await promisify(execFile)(process.execPath, [program, 'objective', ...args], { env })).stdout
    const bounds = ['--subject-to', 'qualityScore>=0.8', 'p95(responseTime)<=3000']
    const told = await objective('set', '--kind', 'bot', '--weigh', 'costUsd=2', 'energyJ=1', ...bounds)
    expect(told).toContain('improve cost (weight 2) and energyJ together, subject to qualityScore>=0.8, p95(responseTime)<=3000')
    expect(await objective('steered')).toContain('weight 2')
    expect(await objective('clear', '--kind', 'bot')).toContain('is cleared')
    const misspelt = ['set', '--kind', 'bot', '--minimize', 'energyj']
    await expect(objective(...misspelt)).rejects.toMatchObject({
      stderr: expect.stringContaining('use energyJ if you mean that'),
    })
    expect(await objective(...misspelt, '--allow-undeclared')).toContain('The metric energyj has not been declared yet')
    await objective('clear', '--kind', 'bot')
  })

  test('is what its setter is answered, whatever somebody else sets for the same agents meanwhile', async () => {
    const of = (max: number) => ({ kind: 'twice', minimize: 'costUsd', subjectTo: [{ metric: 'responseTime', max }] })
    const answers = await Promise.all(
      [1, 2, 3, 4].map((max) => send('PUT', { objective: of(max), by: `person ${max}`, reason: 'a race' })),
    )
    const told = answers.map(({ body }) => body as { by: string; objective: { subjectTo: { max: number }[] } })
    expect(told.map(({ by, objective }) => [by, objective.subjectTo[0]!.max])).toEqual(
      [1, 2, 3, 4].map((max) => [`person ${max}`, max]),
    )
    await send('DELETE', { scope: { kind: 'twice' }, by: 'ada', reason: 'a test' })
  })
})
