import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { bundleAgent } from '../../../bundle-agent.ts'
import { OptimizerError } from '../../../src/model/errors.ts'

let client: typeof import('../../../src/agent/index.ts')
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optimizer-bundle-'))
  await bundleAgent(folder)
  client = await import(pathToFileURL(`${folder}/index.js`).href)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An optimizer that answers every request in the same way. */
async function startServer(status: number, headers: Record<string, string>, answer: object) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(status, { ...headers, connection: 'close' }).end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, [Symbol.dispose]: () => void server.close() }
}

const declaration = { agentId: 'bundled', kind: 'bot', instanceId: 'bundled-1', heartbeatMs: 100 }

it.each(['nats', 'http'])(
  'the client as it is packaged works with its defaults while nothing answers over %s',
  async (scheme) => {
    const knob = { name: 'cacheSize', type: 'int', min: 1, max: 100, default: 10, purpose: 'caching' } as const
    const agent = await client.connectAgent({ ...declaration, optimizer: `${scheme}://127.0.0.1:9`, knobs: [knob] })
    expect(await agent.run('unit', ({ values }) => values.cacheSize)).toBe(10)
    await agent.close(100)
  },
)

it('and says what is wrong in a declaration', async () => {
  const knob = { name: 'cacheSize', type: 'int', min: 1, max: 100, default: 1_000, purpose: 'caching' } as const
  const connecting = client.connectAgent({ ...declaration, optimizer: 'http://127.0.0.1:9', knobs: [knob] })
  await expect(connecting).rejects.toMatchObject({
    code: 'invalid-agent',
    message: 'connectAgent: knobs.0: the default of cacheSize must be from 1 to 100, not 1000.',
  })
})

it('and takes the settings that the optimizer answers with', async () => {
  const knob = { name: 'cacheSize', type: 'int', min: 1, max: 100, default: 10, purpose: 'caching' } as const
  using server = await startServer(200, {}, { version: 7, values: { cacheSize: 42 }, reason: 'a test' })
  const agent = await client.connectAgent({ ...declaration, optimizer: server.url, knobs: [knob] })
  await expect.poll(() => agent.run('unit', ({ values }) => values.cacheSize)).toBe(42)
  await agent.close(100)
  expect(server.asked[0]).toBe('/agents/announce')
})

it('and names where a redirect leads to, which it does not follow', async () => {
  using server = await startServer(308, { location: 'https://elsewhere.example' }, {})
  const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const agent = await client.connectAgent({ ...declaration, optimizer: server.url, knobs: [] })
  await expect.poll(() => warned.mock.calls.flat().join()).toContain('redirects to https://elsewhere.example')
  await agent.close(100)
  warned.mockRestore()
  expect(new Set(server.asked.map((path) => path.slice(0, 8)))).toEqual(new Set(['/agents/']))
})

it('and its failures are recognized by what is bundled apart from it', async () => {
  const failed = await client
    .connectAgent({ ...declaration, agentId: '', optimizer: 'http://127.0.0.1:9', knobs: [] })
    .catch((error) => error)
  expect(failed).toBeInstanceOf(OptimizerError)
  expect(failed.constructor).not.toBe(OptimizerError)
  expect(Object.assign(new Error('no code'), { name: 'OptimizerError' })).not.toBeInstanceOf(OptimizerError)
})
