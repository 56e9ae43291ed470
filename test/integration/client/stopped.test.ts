import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diagnose } from '../../../src/client/diagnosis/diagnose.ts'
import { exitCodes } from '../../../src/commands/exit-codes.ts'
import { createTestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import { inState, tryChange } from '../../support/trials.ts'

/** Without a worker, so that whoever waits goes on waiting. */
let system: System
const commands = new Set<ChildProcess>()
beforeAll(async () => {
  system = await System.start({}, {}, { behindProxies: true })
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

test('a waiting command reports in one sentence that Temporal was stopped, and fails', async () => {
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
    expect({ code, said }).toEqual({ code: exitCodes.unreachable, said: expect.stringMatching(sentence('Temporal')) })
  await system.links.temporal.restore()
})

test('so does one that waits when PostgreSQL is stopped', async () => {
  const locked = await system.db.startTransaction().execute()
  await sql`lock table optimization_results in access exclusive mode`.execute(locked)
  const waiting = run({}, 'report')
  await eventually('it to wait', async () => {
    const blocked = sql<{
      count: number
    }>`select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    return (await blocked.execute(system.db)).rows[0]!.count > 0 || undefined
  })
  await system.links.postgres.cut()
  expect(await waiting).toEqual({ code: exitCodes.unreachable, said: expect.stringMatching(sentence('PostgreSQL')) })
  await locked.rollback().execute()
  await system.links.postgres.restore()
})

/** The problems that the doctor finds. */
async function ailments(known: Record<string, string> = {}): Promise<string[]> {
  const findings = await diagnose({ ...process.env, ...system.environment, ...known })
  return findings.filter(({ state }) => state === 'failed').map(({ check, found, remedy }) => `${check}: ${found} → ${remedy}`)
}

test('the doctor names what is away, and what to do about it', async () => {
  const noApi = expect.stringMatching(/^API: nothing responds at .* → start it/)
  const noSchedule = expect.stringMatching(/^Schedule: there is no Schedule .* → npx optimizer migrate creates it/)
  const noWorker = expect.stringMatching(/^workers: no worker polls the task queue .* → start one/)
  expect(await ailments()).toEqual([noSchedule, noWorker, noApi])
  expect(await ailments({ OPTIMIZER_API_HOST: '0.0.0.0', OPTIMIZER_API_TOKEN: 'invented' })).toEqual([
    expect.stringMatching(/^API tokens: .* → create one/),
    expect.stringMatching(/^your API token: .* → create another with/),
    noSchedule,
    noWorker,
    noApi,
  ])
  await system.links.nats.cut()
  expect(await ailments()).toEqual([noSchedule, noWorker, expect.stringMatching(/^NATS: .* → start it/), noApi])
  await system.links.postgres.cut()
  await system.links.temporal.cut()
  const away = ['PostgreSQL', 'Temporal', 'NATS'].map((name) => expect.stringMatching(new RegExp(`^${name}: .* → start it`)))
  expect(await ailments()).toEqual([...away, noApi])
  await system.links.nats.restore()
  await system.links.postgres.restore()
  await system.links.temporal.restore()
})

test('a database without the tables of the optimizer is reported', async () => {
  const { url, drop } = await createTestDatabase()
  expect(await run({ DATABASE_URL: url }, 'report')).toEqual({
    code: exitCodes.unreachable,
    said: "The database does not have the optimizer's tables; npx optimizer migrate creates them.",
  })
  await drop()
})

test('a command that waits for the end of a trial reports the same', async () => {
  system.startWorker()
  const [instance] = await system.startAgent('stuck', 1, { unitsASecond: 0 })
  const { trialId, handle } = await tryChange(system, 'stuck', { padding: 1 })
  await inState(system, trialId, ['observing'])
  // Neither a change that is kept nor one that is rolled back can be confirmed.
  instance!.pause()
  const waiting = [run({}, 'keep', trialId), run({}, 'rollback', trialId)]
  await eventually('both to wait', async () => {
    const { events } = await handle.fetchHistory()
    return events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length === 2 || undefined
  })
  await system.links.temporal.cut()
  for (const { code, said } of await Promise.all(waiting))
    expect({ code, said }).toEqual({ code: exitCodes.unreachable, said: expect.stringMatching(sentence('Temporal')) })
  await system.links.temporal.restore()
})
