import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trialWorkflowId } from '../../../src/contract/workflows.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial } from '../../../src/store/trials.ts'
import { createTestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { strategyFor } from '../../support/store.ts'
import { System } from '../../support/system.ts'

/** Without a worker, so that whoever waits goes on waiting. */
let system: System
const commands = new Set<ChildProcess>()
beforeAll(async () => {
  system = await System.start()
  await system.startAgent('hunter', 1, { unitsASecond: 0 })
})
afterAll(async () => {
  for (const command of commands) command.kill('SIGKILL')
  await system?.stop()
})

function run(known: Record<string, string>, ...args: string[]) {
  const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...system.environment, ...known } })
  commands.add(child)
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  return new Promise<{ code: number | null; said: string }>((resolve) =>
    child.once('close', (code) => {
      commands.delete(child)
      resolve({ code, said: said.trim() })
    }),
  )
}

const running = (count: number) =>
  eventually(`${count} workflows to run`, async () => {
    const { count: found } = await system.client.temporal.workflow.count("ExecutionStatus = 'Running'")
    return found === count || undefined
  })

const sentence = (server: string) =>
  new RegExp(`^${server} stopped responding, so the outcome is unknown; .*npx optimizer status\\.$`)

test('a command that waits when Temporal is stopped under it says so in one sentence, and fails', async () => {
  const waiting = [
    run({}, 'try', 'hunter', '--set', 'padding=1'),
    run({}, 'restore', 'hunter', '--to', '1'),
    run({}, 'cycle', '--dry-run'),
    run({}, 'cycle', '--wait'),
    run({}, 'aggressiveness', 'up'),
  ]
  await running(waiting.length)
  await system.links.temporal.cut()
  for (const { code, said } of await Promise.all(waiting))
    expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(sentence('Temporal')) })
  await system.links.temporal.restore()
})

test('so does one that waits when PostgreSQL is', async () => {
  const { id } = strategyFor('hunter', 'opt_1_kept')
  const workflowId = trialWorkflowId(id)
  await insertStrategies(system.db, null, [strategyFor('hunter', id)])
  await system.client.temporal.workflow.start('trial', { workflowId, taskQueue: system.client.config.taskQueue })
  await insertTrial(system.db, {
    id,
    agentId: 'hunter',
    workflowId,
    design: 'concurrent',
    baselineVersion: 1,
    candidateVersion: 1,
    candidateInstances: ['hunter-1'],
    controlInstances: [],
  })
  const waiting = run({}, 'keep', id)
  await eventually('it to wait', async () => {
    const { events } = await system.client.temporal.workflow.getHandle(workflowId).fetchHistory()
    return events?.some(({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === 'keep') || undefined
  })
  await system.links.postgres.cut()
  expect(await waiting).toEqual({ code: 1, said: expect.stringMatching(sentence('PostgreSQL')) })
  await system.links.postgres.restore()
})

test('a database without the tables of the optimizer is said so', async () => {
  const { url, drop } = await createTestDatabase()
  expect(await run({ DATABASE_URL: url }, 'report')).toEqual({
    code: 1,
    said: 'The database has no tables of the optimizer; npx optimizer migrate makes them.',
  })
  await drop()
})
