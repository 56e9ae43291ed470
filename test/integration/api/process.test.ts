import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startNats } from '../../../src/servers/nats.ts'
import { claimPort } from '../../../src/servers/ports.ts'
import { type Database, openDatabase } from '../../../src/store/database.ts'
import { createMigratedTestDatabase, type TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { countExecutions } from '../../support/store.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createMigratedTestDatabase()
  db = openDatabase(database.url)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const start = (env: NodeJS.ProcessEnv) =>
  spawn(process.execPath, ['src/api.ts'], {
    env: { ...process.env, OPTIMIZER_API_PORT: '0', DATABASE_URL: '', NATS_URL: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** The address it logs once it serves. */
async function urlOf(api: ReturnType<typeof start>): Promise<string> {
  for await (const line of createInterface({ input: api.stdout })) {
    const { url } = JSON.parse(line)
    if (url) return url
  }
  throw new Error('The API ended before it served.')
}

describe('the API as a process', () => {
  it.each([
    ['SIGTERM', 'when it starts'],
    ['SIGINT', 'while it runs'],
  ] as const)('serves, follows external databases, and ends cleanly on %s; they are configured %s', async (signal, when) => {
    const agentId = `known-by-${signal}`
    const folder = temporaryFolder()
    const file = new DatabaseSync(join(folder, 'trading.db'))
    file.exec(`CREATE TABLE agent_executions (timestamp TEXT, agent_name TEXT, success INTEGER);
      INSERT INTO agent_executions VALUES (datetime('now'), '${agentId}', 1)`)
    file.close()
    const config = { externalDatabases: [{ name: 'trading', sqlite: join(folder, 'trading.db') }] }
    writeFileSync(join(folder, 'config.json'), JSON.stringify(when === 'when it starts' ? config : {}))
    const api = start({ DATABASE_URL: database.url, NATS_URL: inject('natsUrl'), OPTIMIZER_CONFIG: join(folder, 'config.json') })
    const ended = once(api, 'exit')
    expect((await fetch(`${await urlOf(api)}/healthz`)).status).toBe(200)
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    await eventually('its executions to be read', async () => (await countExecutions(db, agentId)) === 1 || undefined)
    api.kill(signal)
    expect(await ended).toEqual([0, null])
  })

  it('waits with a warning for NATS that is not there yet', async () => {
    const port = await claimPort(0, 'NATS', '')
    const api = start({ DATABASE_URL: database.url, NATS_URL: `nats://127.0.0.1:${port}` })
    const ended = once(api, 'exit')
    const lines = createInterface({ input: api.stdout })[Symbol.asyncIterator]()
    const warned = JSON.parse((await lines.next()).value!)
    expect(warned.msg).toContain(`NATS at 127.0.0.1:${port} cannot be used`)
    const nats = await startNats(temporaryFolder(), port, () => {})
    let served: string | undefined
    while (served === undefined) served = JSON.parse((await lines.next()).value!).url
    expect((await fetch(`${served}/healthz`)).status).toBe(200)
    api.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    await nats.stop()
  })

  it.each([
    ['its addresses are missing', () => ({}), 'DATABASE_URL and NATS_URL'],
    [
      'the address of NATS is malformed',
      () => ({ DATABASE_URL: database.url, NATS_URL: 'http://127.0.0.1:9' }),
      'natsUrl: is not an address',
    ],
    [
      'its port is already in use',
      () => ({ DATABASE_URL: database.url, NATS_URL: inject('natsUrl'), OPTIMIZER_API_PORT: new URL(inject('natsUrl')).port }),
      'set OPTIMIZER_API_PORT',
    ],
    [
      'it would serve others than this machine without a token',
      () => ({ DATABASE_URL: database.url, NATS_URL: inject('natsUrl'), OPTIMIZER_API_HOST: '0.0.0.0' }),
      'npx optimizer tokens create',
    ],
  ])('says in one line what to do when %s', async (_what, env, words) => {
    const api = start(env())
    const [problem, [code]] = await Promise.all([text(api.stderr), once(api, 'exit')])
    expect(code).toBe(1)
    expect(problem.trim().split('\n')).toHaveLength(1)
    expect(problem).toContain(words)
  })
})
