import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createToken } from '../../../src/client/tokens.ts'
import { patienceMs } from '../../support/eventually.ts'
import { installPackages } from '../../support/python.ts'
import { assignNew, instanceOf, type Optimizer, startOptimizer } from './optimizer.ts'

const document = readFileSync(new URL('../../../docs/agent-protocol.md', import.meta.url), 'utf8')
const program = /```python\n([\s\S]*?)```/.exec(document)?.[1] ?? ''

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

/** In place of the id of a batch and what follows: the first one has none. */
const firstIsMalformed = 'str(uuid.uuid4()) if globals().get("tried") else globals().update(tried=True), "executions"'

const countLines = (text: string) => text.split('\n').filter((line) => line.trim()).length

it('the agent in docs/agent-protocol.md has at most 60 lines', () => {
  expect(countLines(program)).toBeGreaterThan(20)
  expect(countLines(program)).toBeLessThanOrEqual(60)
})

it('examples/python-agent/http_agent.py is the agent in docs/agent-protocol.md', () => {
  expect(readFileSync(new URL('../../../examples/python-agent/http_agent.py', import.meta.url), 'utf8')).toBe(program)
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

it('examples/python-agent/agent.py leaves out a batch that is refused, and reports the next ones', async () => {
  const example = new URL('../../../examples/python-agent/', import.meta.url)
  const [agentId, PYTHONPATH] = ['broken-batcher', await installPackages(example)]
  const broken = readFileSync(new URL('agent.py', example), 'utf8')
    .replace('"batcher"', `"${agentId}"`)
    .replace('str(uuid.uuid4()), "executions"', firstIsMalformed)
  const agent = spawn('python3', ['-c', broken], {
    env: { ...process.env, PYTHONPATH, OPTIMIZER_URL: optimizer.natsUrl },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    await vi.waitFor(
      async () => {
        const rows = optimizer.db.selectFrom('agentExecutions').where('agentName', '=', agentId)
        expect(await rows.select('success').limit(1).execute()).toEqual([{ success: true }])
      },
      { timeout: patienceMs, interval: 100 },
    )
  } finally {
    agent.kill()
    if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit')
  }
})

describe('examples/python/language_model_agent.py', () => {
  const file = fileURLToPath(new URL('../../../examples/python/language_model_agent.py', import.meta.url))

  it('has at most 80 lines', () => {
    expect(countLines(readFileSync(file, 'utf8'))).toBeLessThanOrEqual(80)
  })

  it('reports cost and tokens with its answers, and their quality later, under the version in force', async () => {
    const env = { ...process.env, OPTIMIZER_URL: optimizer.httpUrl, SCORE_AFTER_SECONDS: '2' }
    const agent = spawn('python3', [file], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    agent.stdout.on('data', (chunk) => (printed += chunk))
    const agentId = 'support-bot'
    const patient = { timeout: patienceMs, interval: 100 }
    const scored = async (version: number) => {
      const rows = optimizer.db.selectFrom('agentExecutions').where('agentName', '=', agentId)
      const all = await rows.where('configurationVersion', '=', version).select('metrics').execute()
      return all.map(({ metrics }) => metrics).find((metrics) => metrics?.qualityScore !== undefined)
    }
    try {
      await vi.waitFor(
        async () => expect(await instanceOf(optimizer.db, agentId)).toMatchObject({ effectiveVersion: 1 }),
        patient,
      )
      const { version } = await assignNew(optimizer.db, agentId, { model: 'medium', max_tokens: 200, context_chunks: 10 })
      await vi.waitFor(async () => {
        const [before, after] = await Promise.all([scored(1), scored(version)])
        expect(before).toMatchObject({ costUsd: expect.closeTo(0.011), inputTokens: 3_200, outputTokens: 300, qualityScore: 0.9 })
        expect(after).toMatchObject({
          costUsd: expect.closeTo(0.0012, 6),
          inputTokens: 1_200,
          outputTokens: 200,
          qualityScore: 0.9,
        })
      }, patient)
      expect(printed).not.toContain('refused')
    } finally {
      agent.kill()
      if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit')
    }
  })

  it('sends its token, leaves out a batch that cannot be used, and reports a failure with its cost', async () => {
    const agentId = 'broken-bot'
    const { secret } = await createToken(optimizer, { name: agentId, role: 'agent', agents: [agentId], by: 'test' })
    const broken = readFileSync(file, 'utf8')
      .replace('"support-bot"', `"${agentId}"`)
      .replace('str(uuid.uuid4()), "executions"', firstIsMalformed)
      .replace('    used["outputTokens"]', '    raise TimeoutError("no answer")\n$&')
    const env = { ...process.env, OPTIMIZER_URL: optimizer.httpUrl, OPTIMIZER_API_TOKEN: secret }
    const agent = spawn('python3', ['-c', broken], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    try {
      await vi.waitFor(
        async () => {
          const rows = optimizer.db.selectFrom('agentExecutions').where('agentName', '=', agentId)
          const { success, errorMessage, metrics } = await rows.selectAll().executeTakeFirstOrThrow()
          expect([success, errorMessage]).toEqual([false, "TimeoutError('no answer')"])
          expect(metrics).toEqual({ inputTokens: 3_200, outputTokens: 0, costUsd: expect.closeTo(0.008) })
        },
        { timeout: patienceMs, interval: 100 },
      )
    } finally {
      agent.kill()
      if (agent.exitCode === null && agent.signalCode === null) await once(agent, 'exit')
    }
  })
})
