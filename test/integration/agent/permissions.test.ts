import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createActuator } from '../../../src/actuators/index.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { blocks, documents } from '../../support/documents.ts'
import { patienceMs } from '../../support/eventually.ts'
import { type ConfiguredNats, type NatsUser, startConfiguredNats } from '../../support/nats.ts'
import { assignNew, defaults, instanceOf, newName, type Optimizer, startAgent, startOptimizer } from './optimizer.ts'

/** With the permissions that the document gives them. */
const documented = documents
  .filter(({ name }) => name === 'docs/agent-protocol.md')
  .flatMap((document) => blocks(document, 'json'))
  .map((block) => JSON.parse(block))
  .find(({ authorization }) => authorization)
const permissionsOf = (user: string): NatsUser['permissions'] =>
  documented.authorization.users.find((each: { user: string }) => each.user === user).permissions
const users = {
  optimizer: { password: 'of / the # optimizer', permissions: permissionsOf('optimizer') },
  'market-hunter': { password: 'of the hunter', permissions: permissionsOf('market-hunter') },
  // The same for all agents of these tests.
  agent: {
    password: 'of@the:agent?',
    permissions: JSON.parse(JSON.stringify(permissionsOf('market-hunter')).replace('agents.market-hunter', 'agents')),
  },
}
const restricted = (permissions: NatsUser['permissions']) => ({ ...users, agent: { ...users.agent, permissions } })
const unreachable = restricted({ subscribe: { deny: ['agents.>'] } })

let nats: ConfiguredNats
let optimizer: Optimizer
beforeAll(async () => {
  vi.stubEnv('NATS_INBOX_PREFIX', '_INBOX.market-hunter')
  nats = await startConfiguredNats(users)
  optimizer = await startOptimizer({
    url: nats.urlOf('optimizer'),
    options: { inboxPrefix: '_INBOX.optimizer' },
    stop: nats.stop,
  })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await optimizer.stop()
})
beforeEach(() => nats.configure(users))

const actuator = () => createActuator('nats', optimizer)
const newTarget = () => {
  const agentId = newName()
  return { agentId, instanceId: `${agentId}-1` }
}
const reach = async (target: ReturnType<typeof newTarget>, poolSize: number, timeoutMs: number) => {
  const delivery = await assignNew(optimizer.db, target.agentId, { poolSize, cache: true })
  await actuator().deliver(target, delivery, timeoutMs)
}

/** The warnings of the agents in this process from here on, during the running test. */
function collectWarnings(): string[] {
  const warnings: string[] = []
  const collect = ({ message }: Error) => warnings.push(message)
  process.on('warning', collect)
  onTestFinished(() => void process.off('warning', collect))
  return warnings
}

test('an agent that may not subscribe works and warns once; it is reached as soon as it may', async () => {
  await nats.configure(unreachable)
  const warnings = collectWarnings()
  const target = newTarget()
  const agent = await startAgent({ agentId: target.agentId, optimizer: nats.urlOf('agent') })
  await expect(reach(target, 8, 1_500)).rejects.toMatchObject({ code: 'not-acknowledged' })
  await vi.waitFor(() => expect(agent.values).toEqual({ poolSize: 8, cache: true }), patienceMs)
  await nats.configure(users)
  await reach(target, 9, patienceMs)
  expect(agent.values).toMatchObject({ poolSize: 9 })
  const subjects = ['configuration', 'configure', 'profile'].map(
    (name) => `agents.${target.agentId}.${target.instanceId}.${name}`,
  )
  expect(warnings).toEqual([
    `NATS does not permit this user to subscribe to ${subjects.join(', ')}; once it does, no restart is needed.`,
  ])
})

test('an agent hears neither what is sent to other agents or to the orchestrator, nor answers to others', async () => {
  const subjects = ['_INBOX.optimizer.>', 'agents.trader.trader-1.configure', 'optimizer.report.cycle']
  const warnings: string[] = []
  const connection = await connectNats(nats.urlOf('market-hunter'), 'a test', (message) => warnings.push(message))
  onTestFinished(() => connection.close())
  for (const subject of subjects) connection.subscribe(subject, { callback() {} })
  await vi.waitFor(() => expect(warnings.join()).toContain(`subscribe to ${subjects.join(', ')};`), patienceMs)
})

test('an agent from which every right is taken works on, and is reached once they are given back', async () => {
  const target = newTarget()
  const agent = await startAgent({ agentId: target.agentId, optimizer: nats.urlOf('agent') })
  await reach(target, 8, patienceMs)
  await nats.configure(restricted({ publish: { deny: ['>'] }, subscribe: { deny: ['>'] } }))
  await expect(reach(target, 9, 1_500)).rejects.toMatchObject({ code: 'not-acknowledged' })
  expect(await agent.run('cycle', ({ values }) => values.poolSize)).toBe(8)
  await nats.configure(users)
  await reach(target, 10, patienceMs)
  await agent.flush(patienceMs)
  expect(agent.losses).toEqual({ refused: 0, dropped: 0, rejected: 0 })
})

test('an optimizer that may not subscribe warns once, and serves the agents again as soon as it may', async () => {
  const target = newTarget()
  await startAgent({ agentId: target.agentId, optimizer: nats.urlOf('agent') })
  const heartbeat = async () => (await instanceOf(optimizer.db, target.agentId))!.heartbeatAt.getTime()
  optimizer.warnings.length = 0
  await nats.configure({
    ...users,
    optimizer: { ...users.optimizer, permissions: { subscribe: { deny: ['optimizer.agent.>'] } } },
  })
  await vi.waitFor(() => expect(optimizer.warnings).toHaveLength(1), patienceMs)
  expect(optimizer.warnings[0]).toContain('subscribe to optimizer.agent.acknowledge, optimizer.agent.announce')
  const before = await heartbeat()
  await nats.configure(users)
  await vi.waitFor(async () => expect(await heartbeat()).toBeGreaterThan(before + 500), patienceMs)
  expect(optimizer.warnings).toHaveLength(1)
})

test('an optimizer that may not send to an agent says so', async () => {
  const target = newTarget()
  const agent = await startAgent({ agentId: target.agentId, optimizer: nats.urlOf('agent') })
  await nats.configure({ ...users, optimizer: { ...users.optimizer, permissions: { publish: { deny: ['agents.>'] } } } })
  const refused = `NATS does not permit this user to publish to agents.${target.agentId}.${target.instanceId}.configure.`
  // A request that is sent while NATS reloads its users is lost with the connection.
  const deliver = () => actuator().deliver(target, { version: 1, values: defaults }, 1_500)
  await vi.waitFor(async () => await expect(deliver()).rejects.toThrow(refused), patienceMs)
  expect(agent.values).toEqual(defaults)
})

test('an optimizer whose password is changed says so once, and once that it is back', async () => {
  optimizer.warnings.length = 0
  const told = () => optimizer.warnings.filter((warning) => !warning.includes('does not permit'))
  await nats.configure({ ...users, optimizer: { ...users.optimizer, password: 'another' } })
  await vi.waitFor(() => expect(told().join()).toContain('wrong user or password'), patienceMs)
  await nats.configure(users)
  await vi.waitFor(() => expect(told().join()).toContain('is back'), patienceMs)
  expect(told()).toEqual([expect.stringContaining('was lost: wrong user or password'), expect.stringContaining('is back')])
})
