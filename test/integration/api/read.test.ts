import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { defaults, newName, type Optimizer, startAgent, startOptimizer } from '../agent/optimizer.ts'

let optimizer: Optimizer
beforeAll(async () => {
  optimizer = await startOptimizer()
})
afterAll(() => optimizer.stop())

const get = async (path: string) => {
  const response = await fetch(optimizer.httpUrl + path)
  return { status: response.status, body: await response.json() }
}

describe('the API', () => {
  it('shows each agent with its knobs, its configuration and its instances', async () => {
    const agentId = newName()
    await startAgent({ agentId, optimizer: optimizer.natsUrl })
    // An agent that cannot announce itself at once goes on without the optimizer, and announces itself later.
    const agents = await eventually('the agent to be known', async () => {
      const { body } = await get('/api/agents')
      return (body as unknown[]).length > 0 ? body : undefined
    })
    expect(agents).toMatchObject([
      {
        agentId,
        kind: 'market-hunter',
        configuration: { version: 1, values: defaults },
        knobs: [{ name: 'poolSize' }, { name: 'cache' }],
        instances: [{ instanceId: `${agentId}-1`, assignedVersion: 1, live: true }],
      },
    ])
  })

  it('shows the cycles and the results', async () => {
    await optimizer.db.insertInto('cycles').values({ id: 'cycle-1', runId: 'run-1', target: null, state: 'running' }).execute()
    expect(await get('/api/cycles')).toMatchObject({ status: 200, body: [{ id: 'cycle-1', state: 'running' }] })
    expect(await get('/api/results')).toEqual({ status: 200, body: [] })
  })

  it('answers 404 for an unknown trial and an unknown path', async () => {
    expect(await get('/api/trials/none')).toMatchObject({ status: 404, body: { error: { code: 'unknown-trial' } } })
    expect(await get('/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'unknown-address' } } })
  })

  it('describes the agent protocol as OpenAPI', async () => {
    const { body } = await get('/openapi.json')
    const required = ['agentId', 'instanceId', 'version', 'values', 'sentAt']
    expect(body).toMatchObject({
      paths: {
        '/agents/heartbeat': { post: { requestBody: { content: { 'application/json': { schema: { required } } } } } },
        '/agents/{agentId}/instances/{instanceId}/configuration': { get: { responses: { 404: {} } } },
      },
    })
  })
})
