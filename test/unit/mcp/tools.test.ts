import { beforeAll, describe, expect, test } from 'vitest'
import { type ApiDocument, buildRequest, listTools, offeredOperations, type Tool } from '../../../src/mcp/tools.ts'
import type { TokenRole } from '../../../src/model/access.ts'
import { getOpenApi } from '../../support/api.ts'

let document: ApiDocument
beforeAll(async () => {
  document = await getOpenApi()
})
const namesFor = (role: TokenRole) => listTools(document, role).map(({ name }) => name)
const tool = (name: string): Tool => listTools(document, 'admin').find((each) => each.name === name)!

describe('the tools', () => {
  test('are all operations that are offered, with a description of every one', () => {
    expect(namesFor('admin').sort()).toEqual([...offeredOperations].sort())
    for (const { description } of listTools(document, 'admin')) expect(description).toMatch(/\w+ .*\.$/)
  })

  test('of a viewer only read; an operator also steers, and an admin also sets objectives', () => {
    expect(new Set(listTools(document, 'viewer').map(({ method }) => method))).toEqual(new Set(['GET']))
    const [viewer, operator, admin] = (['viewer', 'operator', 'admin'] as const).map(namesFor) as [string[], string[], string[]]
    expect(operator.filter((name) => !viewer.includes(name))).toContain('command')
    expect(admin.filter((name) => !operator.includes(name)).sort()).toEqual(['clearObjective', 'forget', 'setObjective'])
    expect(namesFor('agent')).toEqual([])
  })

  test('take the parameters and the fields of the body, but not who gives a command', () => {
    expect(tool('rollBack').inputSchema).toMatchObject({
      properties: { id: { type: 'string' }, reason: { type: 'string' } },
      required: ['id'],
      additionalProperties: false,
    })
    for (const { inputSchema, method } of listTools(document, 'admin')) {
      expect(inputSchema.properties).not.toHaveProperty('by')
      if (method !== 'GET') expect(Object.keys(inputSchema.properties)).not.toEqual([])
    }
  })

  test('fit into the context of a language model', () => {
    const shown = listTools(document, 'admin').map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))
    expect(JSON.stringify(shown).length).toBeLessThan(30_000)
  })
})

describe('a call', () => {
  test('puts each argument where the API expects it, and says who makes it', () => {
    expect(buildRequest(tool('agent'), { id: 'a/b?' }, 'ada')).toEqual({ path: '/api/agents/a%2Fb%3F' })
    expect(buildRequest(tool('cycles'), { limit: 2 }, 'ada')).toEqual({ path: '/api/cycles?limit=2' })
    const { path, body } = buildRequest(tool('rollBack'), { id: 'opt_1_a', why: 'a complaint' }, 'ada')
    expect([path, JSON.parse(body!)]).toEqual(['/api/trials/opt_1_a/rollback', { why: 'a complaint', by: 'ada' }])
  })

  test('without a part of its path is refused', () => {
    expect(() => buildRequest(tool('agent'), {}, 'ada')).toThrow('agent needs the argument id.')
  })

  test('passes on what is not known, so that the API names it', () => {
    expect(buildRequest(tool('startCycle'), { targets: 'hunter' }, 'ada').body).toBe('{"targets":"hunter","by":"ada"}')
    expect(buildRequest(tool('cycles'), { most: 3 }, 'ada').path).toBe('/api/cycles?most=3')
  })
})
