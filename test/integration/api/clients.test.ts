import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiClient } from '../../../src/api-client/index.ts'
import { createToken } from '../../../src/client/tokens.ts'
import { createMcpServer } from '../../../src/mcp/server.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { raiseAlert } from '../../../src/store/alerts.ts'
import { documents, root } from '../../support/documents.ts'
import { announcement } from '../../support/store.ts'
import { type Optimizer, startOptimizer } from '../agent/optimizer.ts'

const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))

let optimizer: Optimizer
let token: string
beforeAll(async () => {
  optimizer = await startOptimizer()
  const { db } = optimizer
  await registerInstance(db, announcement('hunter', 'hunter-1'), Date.now())
  await raiseAlert(db, { cause: 'left-out-agent', severity: 'high', component: 'hunter', message: 'no data' })
  token = (await createToken(optimizer, { name: 'assistant', role: 'operator', by: 'ada' })).secret
})
afterAll(() => optimizer?.stop())

describe('the MCP server', () => {
  let client: Client
  beforeAll(async () => {
    client = new Client({ name: 'test-client', version: '1' })
    const env = { ...process.env, OPTIMIZER_API_TOKEN: token } as Record<string, string>
    const args = [program, 'mcp', '--url', optimizer.httpUrl]
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env }))
  })
  afterAll(() => client?.close())

  const call = async (name: string, given: Record<string, unknown> = {}) => {
    const { content, isError = false } = await client.callTool({ name, arguments: given })
    return { isError, text: (content as { text: string }[])[0]!.text }
  }

  it('offers what the role of its token allows, and says which tools only read', async () => {
    const { tools } = await client.listTools()
    const readOnly = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]))
    expect(readOnly).toMatchObject({ fleet: true, explanation: true, command: false, undo: false })
    expect(readOnly).not.toHaveProperty('setObjective')
    expect(client.getInstructions()).toContain('summary')
  })

  it('answers questions', async () => {
    const { text } = await call('agent', { id: 'hunter' })
    expect(JSON.parse(text)).toMatchObject({ agentId: 'hunter', instances: [{ instanceId: 'hunter-1' }] })
  })

  it('gives commands, and the record names the person, the assistant and the token', async () => {
    const [{ id }] = JSON.parse((await call('alerts')).text) as [{ id: number }]
    expect(await call('acknowledgeAlert', { id, reason: 'known' })).toEqual({ isError: false, text: `{"id":${id}}` })
    const { acknowledgedBy } = await optimizer.db.selectFrom('alerts').select('acknowledgedBy').executeTakeFirstOrThrow()
    expect(acknowledgedBy).toMatch(/^\S+ with test-client \(assistant\)$/)
  })

  it('passes on why the API refuses a request', async () => {
    const refused = { isError: true, text: expect.stringMatching(/^unknown-agent: There is no agent nobody/) }
    expect(await call('agent', { id: 'nobody' })).toEqual(refused)
    expect(await call('cycles', { most: 3 })).toEqual({ isError: true, text: expect.stringContaining('"most"') })
  })

  it('does not start with a token that is not in force, nor without an API', async () => {
    const user = 'ada'
    await expect(createMcpServer({ url: optimizer.httpUrl, token: 'guess', user })).rejects.toMatchObject({ code: 'refused' })
    await expect(createMcpServer({ url: 'http://127.0.0.1:9', user })).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('the typed client', () => {
  it('reads, and says why a request is refused', async () => {
    const api = createApiClient({ url: optimizer.httpUrl, token })
    const { data } = await api.GET('/api/agents/{id}', { params: { path: { id: 'hunter' } } })
    expect(data?.knobs.map(({ name }) => name)).toEqual(announcement('hunter', 'hunter-1').knobs.map(({ name }) => name))
    const { error, response } = await api.PUT('/api/objectives', {
      body: { objective: { agent: 'hunter', minimize: 'costUsd' }, by: 'ada', reason: '' },
    })
    expect([response.status, error?.error.code]).toEqual([403, 'role-too-low'])
  })
})

describe('the documents for coding agents', () => {
  it('are served as Markdown, each that the list names', async () => {
    const list = await (await fetch(`${optimizer.httpUrl}/llms.txt`)).text()
    const links = [...list.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!)
    const answers = await Promise.all(links.map((link) => fetch(`${optimizer.httpUrl}/${link}`)))
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/markdown; charset=utf-8'])
      expect(await answer.text()).toMatch(/^# /)
    }
    for (const path of ['docs/..%2Fpackage.json', 'examples/..%2Fpackage.json', 'examples/python/..%2F..%2Fpackage.json'])
      expect((await fetch(`${optimizer.httpUrl}/${path}`)).status).toBe(404)
  })

  it('lead to the examples, which are served and packed', async () => {
    const linked = documents.flatMap(({ name, text }) =>
      name.startsWith('docs/') ? [...text.matchAll(/\]\(\.\.\/(examples\/[^)]+)\)/g)].map((match) => match[1]!) : [],
    )
    // The fleet is only part of the repository.
    const examples = [...new Set(linked)].filter((path) => !path.startsWith('examples/fleet/'))
    expect(examples).toContain('examples/python/language_model_agent.py')
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] }
    for (const path of examples) {
      const answer = await fetch(`${optimizer.httpUrl}/${path}`)
      expect([path, answer.status]).toEqual([path, 200])
      expect(await answer.text()).toBe(readFileSync(join(root, path), 'utf8'))
      expect(files).toContain(dirname(path))
    }
  })
})
