/** Whose turn a request of an agent is, by its token. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AgentGateway } from '../../../src/api/gateway/gateway.ts'
import { configSchema } from '../../../src/config/config.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
let gateway: AgentGateway
beforeAll(async () => {
  store = await createTestStore()
  const { telemetry, performance_engine_agent: engine } = configSchema.parse({})
  gateway = new AgentGateway({ db: store.db, metrics: [], engine, telemetry }, () => undefined)
  for (const agentId of ['victim', 'flooder']) await registerInstance(store.db, announcement(agentId, `${agentId}-1`))
})
afterAll(() => store?.drop())

/** More than may wait of one sender. */
const flood = 1_200
const heartbeat = (agentId: string) => {
  const inForce = { version: 1, values: {} }
  return JSON.stringify({ agentId, instanceId: `${agentId}-1`, ...inForce, sentAt: Date.now() })
}
const codeOf = ({ body }: Awaited<ReturnType<AgentGateway['handle']>>) => ('error' in body ? body.error.code : 'answered')

test('a flood of requests that name another agent takes the turns of the agent whose token sends them', async () => {
  const flooded = Array.from({ length: flood }, () => gateway.handle('heartbeat', heartbeat('victim'), ['flooder']))
  const own = gateway.handle('heartbeat', heartbeat('flooder'), ['flooder'])
  const victim = gateway.handle('heartbeat', heartbeat('victim'), ['victim'])
  expect(codeOf(await victim), 'the agent that is named').toBe('answered')
  expect(codeOf(await own), 'the agent that sends').toBe('too-many-requests')
  const codes = new Set((await Promise.all(flooded)).map(codeOf))
  expect([...codes].sort()).toEqual(['foreign-agent', 'too-many-requests'])
})

test('a flood from a token that covers several agents takes the turns of the one that is named', async () => {
  const agents = ['victim', 'flooder']
  const flooded = Array.from({ length: flood }, () => gateway.handle('heartbeat', '{"agentId": "flooder"}', agents))
  const victim = gateway.handle('heartbeat', heartbeat('victim'), agents)
  expect(codeOf(await victim)).toBe('answered')
  const codes = new Set((await Promise.all(flooded)).map(codeOf))
  expect([...codes].sort()).toEqual(['invalid-request', 'too-many-requests'])
})
