import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { blocks, documents } from '../../support/documents.ts'
import { patienceMs } from '../../support/eventually.ts'
import { strategyRef } from '../../support/workflows.ts'
import { assignNew, type Optimizer, startOptimizer } from '../agent/optimizer.ts'
import { type ScriptedOptimizer, startScriptedOptimizer } from './scripted-optimizer.ts'
import { createUserProject, type UserProject } from './user-project.ts'

const examplesOf = (document: string) => blocks(documents.find(({ name }) => name === document)!, 'ts')
const examples = examplesOf('README.md')
const agent = examples.find((code) => code.includes("'performance-optimizer/agent'"))!
const library = examples.find((code) => code.includes("'performance-optimizer'"))!
const [client] = examplesOf('docs/api.md') as [string]
const [connecting] = examplesOf('docs/connect.md') as [string]
const agentId = 'price-watcher'

let project: UserProject
let gateway: Optimizer
let workflows: ScriptedOptimizer
beforeAll(async () => {
  const started = await Promise.all([
    createUserProject({ 'agent.ts': agent, 'library.ts': library, 'client.ts': client, 'connecting.ts': connecting }),
    startOptimizer(),
    startScriptedOptimizer([strategyRef(agentId)]),
  ])
  ;[project, gateway, workflows] = started
})
afterAll(async () => {
  await Promise.all([workflows?.stop(), gateway?.stop()])
  project?.remove()
})

test('the README has two examples in TypeScript, and the agent takes about 20 lines', () => {
  expect(examples).toHaveLength(2)
  const lines = agent.split('\n').filter((line) => line.trim() && !/^\s*\/[/*]/.test(line))
  expect(lines.length).toBeLessThanOrEqual(20)
})

test('the examples in the README, of the client and for coding agents compile in strict mode against the built package', async () => {
  await project.compile()
})

test('the agent in the README registers, applies a new version, acknowledges it and reports under it', async () => {
  const instanceId = 'price-watcher-2'
  const child = spawn(process.execPath, ['agent.ts'], {
    cwd: project.folder,
    env: { ...process.env, OPTIMIZER_URL: gateway.httpUrl, INSTANCE_ID: instanceId },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const patient = { timeout: patienceMs, interval: 100 }
  const instance = async () => (await listAgentInstances(gateway.db, agentId))[0]
  await vi.waitFor(async () => expect(await instance()).toMatchObject({ instanceId, effectiveVersion: 1 }), patient)
  const { version } = await assignNew(gateway.db, agentId, { batchSize: 20 })
  await vi.waitFor(async () => expect(await instance()).toMatchObject({ effectiveValues: { batchSize: 20 } }), patient)
  await vi.waitFor(async () => expect(await versionsReported()).toEqual([1, version]), patient)
})

test('the client of the API reads that agent', async () => {
  const source = client.replace('http://127.0.0.1:8080', gateway.httpUrl)
  writeFileSync(join(project.folder, 'client.ts'), source)
  const { stdout } = await promisify(execFile)(process.execPath, ['client.ts'], { cwd: project.folder, timeout: patienceMs })
  expect(stdout).toBe("watcher [ 'batchSize' ]\n")
})

test('the library example in the README runs a cycle, reads its outcome and sends a command', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['library.ts'], {
    cwd: project.folder,
    env: { ...process.env, ...workflows.environment, DATABASE_URL: gateway.postgresProxy.url },
    timeout: patienceMs,
  })
  expect(stdout).toContain('keep')
  expect(await workflows.client.workflow.getHandle('optimizer').query('policy')).toMatchObject({ aggressiveness: 4 })
})

async function versionsReported() {
  const rows = await gateway.db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .select('configurationVersion')
    .distinct()
    .execute()
  return rows.map((row) => row.configurationVersion).sort()
}
