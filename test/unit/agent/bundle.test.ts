import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleAgent } from '../../../bundle-agent.ts'

let client: typeof import('../../../src/agent/index.ts')
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optimizer-bundle-'))
  await bundleAgent(folder)
  client = await import(pathToFileURL(`${folder}/index.js`).href)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

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
