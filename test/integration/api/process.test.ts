import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createMigratedTestDatabase, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createMigratedTestDatabase()
})
afterAll(() => database.drop())

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
  it.each(['SIGTERM', 'SIGINT'] as const)('serves, and ends cleanly on %s', async (signal) => {
    const api = start({ DATABASE_URL: database.url, NATS_URL: inject('natsUrl') })
    const ended = once(api, 'exit')
    expect((await fetch(`${await urlOf(api)}/healthz`)).status).toBe(200)
    api.kill(signal)
    expect(await ended).toEqual([0, null])
  })

  it.each([
    ['its addresses are missing', () => ({}), 'DATABASE_URL and NATS_URL'],
    [
      'NATS is not there',
      () => ({ DATABASE_URL: database.url, NATS_URL: 'nats://127.0.0.1:9' }),
      'NATS at 127.0.0.1:9 cannot be used',
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
