/** Restarts one at a time, settings posted to a webhook, and commands that restart: each on a real database. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createActuator } from '../../../src/actuators/index.ts'
import { InstanceRestarter } from '../../../src/api/gateway/instance-restarter.ts'
import { SettingsChannels } from '../../../src/api/gateway/settings-channels.ts'
import { createSettingsFile } from '../../../src/api/gateway/settings-file.ts'
import { SettingsWebhook } from '../../../src/api/gateway/settings-webhook.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { certainlyGoneAfterMs } from '../../../src/model/liveness.ts'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import {
  listAgentInstances,
  recordAcknowledgement,
  recordDeparture,
  recordHeartbeat,
  registerInstance,
} from '../../../src/store/agents.ts'
import { assignConfiguration } from '../../../src/store/configurations.ts'
import { listKnownInstances } from '../../../src/store/instance-liveness.ts'
import { requestRestart } from '../../../src/store/restarts.ts'
import { recordAssumedVersion } from '../../../src/store/telemetry/reported-versions.ts'
import { type Answer, startWebhook, webhookSecret } from '../../support/receiving-webhook.ts'
import { announcement, createTestStore, intKnob, type TestStore } from '../../support/store.ts'
import { assignNew } from '../agent/optimizer.ts'

let store: TestStore
const folder = mkdtempSync(join(tmpdir(), 'optimizer-channels-'))
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(async () => {
  await store?.drop()
  rmSync(folder, { recursive: true, force: true })
})

const patience = { timeout: 60_000, interval: 50 }
let count = 0
const knobs = [intKnob('threads', { applies: 'restart' }), intKnob('cacheSize')]
const defaults: KnobValues = { threads: 2, cacheSize: 2 }
const begin = Date.now()

/** An agent whose instances have announced themselves and run with their defaults. */
async function startAgent(instances: number, known: Parameters<typeof announcement>[2] = { canRestart: true }) {
  const agentId = `agent-${++count}`
  const ids = Array.from({ length: instances }, (_, index) => `${agentId}-${index + 1}`)
  const announce = (instanceId: string, now: number) =>
    registerInstance(store.db, announcement(agentId, instanceId, { knobs, ...known }), now)
  for (const id of ids) {
    await announce(id, begin)
    await beat(id, { version: 1, values: defaults })
  }
  /** A heartbeat of an instance, which tells whether it may restart. */
  async function beat(instanceId: string, inForce: { version: number; values: KnobValues }, now = begin) {
    return await recordHeartbeat(store.db, { agentId, instanceId, ...inForce, sentAt: now }, now)
  }
  const find = async (instanceId: string) =>
    (await listAgentInstances(store.db, agentId)).find((instance) => instance.instanceId === instanceId)!
  return {
    agentId,
    ids: ids as [string, ...string[]],
    announce,
    beat,
    find,
    assign: (values: KnobValues) => assignNew(store.db, agentId, values),
  }
}

describe('instances that need a restart', () => {
  const before = { version: 1, values: defaults }

  test('are asked one at a time, the next only when the announcement of the one before has confirmed the version', async () => {
    const { ids, announce, beat, assign } = await startAgent(2)
    const [first, second] = ids as [string, string]
    const next = await assign({ threads: 4, cacheSize: 2 })
    expect((await beat(first, before, begin + 1_000)).restart).toBe(true)
    expect((await beat(second, before, begin + 1_000)).restart).toBe(false)
    await announce(first, begin + 3_000)
    expect((await beat(second, before, begin + 3_000)).restart).toBe(false)
    await beat(first, next, begin + 4_000)
    expect((await beat(second, before, begin + 4_000)).restart).toBe(true)
  })

  test('are not asked for a change that takes effect at once', async () => {
    const { ids, beat, assign } = await startAgent(1)
    await assign({ threads: 2, cacheSize: 4 })
    expect((await beat(ids[0], before)).restart).toBe(false)
  })

  test('are not asked if they did not say that they can restart', async () => {
    const { ids, beat, assign } = await startAgent(1, {})
    await assign({ threads: 4, cacheSize: 2 })
    expect((await beat(ids[0], before)).restart).toBe(false)
  })

  test('are still restarting if they confirm the version without an announcement', async () => {
    const { ids, beat, assign } = await startAgent(2)
    const [first, second] = ids as [string, string]
    const next = await assign({ threads: 4, cacheSize: 2 })
    await beat(first, before, begin + 1_000)
    await beat(first, next, begin + 2_000)
    expect((await beat(second, before, begin + 2_000)).restart).toBe(false)
  })

  test('are expected back when they say that they stop', async () => {
    const { agentId, ids, beat, find, assign } = await startAgent(1)
    await assign({ threads: 4, cacheSize: 2 })
    await beat(ids[0], before)
    await recordDeparture(store.db, { agentId, instanceId: ids[0] })
    expect((await find(ids[0])).leftAt).toBeNull()
  })

  test('are not asked again and again if they start without the version', async () => {
    const { ids, announce, beat, assign } = await startAgent(1)
    await assign({ threads: 4, cacheSize: 2 })
    expect((await beat(ids[0], before, begin)).restart).toBe(true)
    await announce(ids[0], begin + 5_000)
    expect((await beat(ids[0], before, begin + 6_000)).restart).toBe(false)
    expect((await beat(ids[0], before, begin + 400_000)).restart).toBe(true)
  })

  test('do not get a change that an instance did not survive, and need not wait for it once the change is taken back', async () => {
    const { agentId, ids, beat, assign } = await startAgent(3)
    const [killed, changed, waiting] = ids as [string, string, string]
    const next = await assign({ threads: 4, cacheSize: 2 })
    await beat(killed, before, begin)
    // It has the new values, from a restart of its own.
    await recordAcknowledgement(
      store.db,
      { agentId, instanceId: changed, version: next.version, status: 'applied', inForce: next },
      begin,
    )
    const gone = begin + certainlyGoneAfterMs / 3
    await beat(changed, next, gone)
    expect((await beat(waiting, before, gone)).restart).toBe(false)
    await assign(defaults)
    const later = gone + certainlyGoneAfterMs
    await beat(waiting, before, later)
    expect((await beat(changed, next, later)).restart).toBe(true)
  })

  test('give up their turn when they cannot restart, and the reason is on record', async () => {
    const { agentId, ids, beat, find, assign } = await startAgent(2)
    const [first, second] = ids as [string, string]
    const { version } = await assign({ threads: 4, cacheSize: 2 })
    await beat(first, before)
    const refused = { agentId, instanceId: first, version, status: 'refused' as const, reason: 'no room', inForce: before }
    await recordAcknowledgement(store.db, refused, begin)
    expect(await find(first)).toMatchObject({ refusedVersion: version, refusal: 'no room', restartVersion: null })
    expect((await beat(second, before)).restart).toBe(true)
  })
})

/** As an agent known only from telemetry. */
const startTelemetryAgent = (instances: number) => startAgent(instances, { transport: 'otlp' as never })

describe('an instance that is gone', () => {
  test.each(['file', 'environment'] as const)('finds the restored values in its %s when it starts again', async (kind) => {
    const { agentId, ids, assign } = await startTelemetryAgent(1)
    const [instanceId] = ids
    const rule = {
      agentId,
      match: { 'service.name': agentId },
      settings: { [kind]: join(folder, `{instanceId}.${kind}`), knobs },
    }
    const { agents: rules } = telemetrySchema.parse({ agents: [rule] })
    const channels = new SettingsChannels(store.db, { rules, commands: [] }, (error) => expect.fail(String(error)))
    channels.start()
    onTestFinished(() => channels.stop())
    const read = () => readFileSync(join(folder, `${instanceId}.${kind}`), 'utf8')
    const harmful = await assign({ threads: 9, cacheSize: 2 })
    await vi.waitFor(() => expect(read()).toMatch(new RegExp(`version\\W+${harmful.version}`, 'i')), 5_000)
    await recordDeparture(store.db, { agentId, instanceId })
    const restored = await assign(defaults)
    await vi.waitFor(() => expect(read()).toMatch(new RegExp(`version\\W+${restored.version}`, 'i')), 5_000)
    expect(read()).toMatch(/threads\W+2/i)
  })
})

test('settings that have not changed take one query for all agents, and a removed file is restored within a minute', async () => {
  const agents = [await startTelemetryAgent(1), await startTelemetryAgent(1)]
  const pattern = join(folder, '{instanceId}.once')
  const { agents: rules } = telemetrySchema.parse({
    agents: agents.map(({ agentId }) => ({ agentId, match: { 'service.name': agentId }, settings: { file: pattern, knobs } })),
  })
  const queries: string[] = []
  const recording: KyselyPlugin = {
    transformQuery({ node }) {
      queries.push(JSON.stringify(node))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const channels = new SettingsChannels(store.db.withPlugin(recording), { rules, commands: [] }, (error) =>
    expect.fail(String(error)),
  )
  channels.start()
  onTestFinished(() => channels.stop())
  const ofAll = () => queries.filter((query) => agents.every(({ agentId }) => query.includes(`"${agentId}"`)))
  await vi.waitFor(() => expect(ofAll().length).toBeGreaterThan(3), 10_000)
  // Besides, the settings of each of the two.
  const others = queries.filter(
    (query) => !ofAll().includes(query) && agents.some(({ agentId }) => query.includes(`"${agentId}"`)),
  )
  expect(others).toHaveLength(2)
  for (const { ids } of agents)
    expect(JSON.parse(readFileSync(join(folder, `${ids[0]}.once`), 'utf8'))).toMatchObject({ version: 1 })

  const [{ agentId, ids }] = agents as [(typeof agents)[0]]
  const file = createSettingsFile(store.db, pattern, 'json')
  const [instance] = await listKnownInstances(store.db, agentId)
  const given = { version: instance!.assignedVersion, declarationId: instance!.declarationId, at: begin, since: begin }
  expect(file.isDue(instance!, given, begin + 59_000)).toBe(false)
  expect(file.isDue(instance!, given, begin + 60_000)).toBe(true)
  rmSync(join(folder, `${ids[0]}.once`))
  await file.converge({ agentId, instanceId: ids[0] })
  expect(JSON.parse(readFileSync(join(folder, `${ids[0]}.once`), 'utf8'))).toMatchObject({ version: 1 })
})

describe('settings of an agent that cannot say which it runs with', () => {
  test('count as in force a while after they were written, and a delivery finds them', async () => {
    const { agentId, ids, assign, find } = await startTelemetryAgent(1)
    const file = join(folder, '{instanceId}.assumed')
    const settings = { file, takesEffectSeconds: 1, knobs: [intKnob('threads'), intKnob('cacheSize')] }
    const { agents: rules } = telemetrySchema.parse({ agents: [{ agentId, match: { 'service.name': agentId }, settings }] })
    const channels = new SettingsChannels(store.db, { rules, commands: [] }, (error) => expect.fail(String(error)))
    channels.start()
    onTestFinished(() => channels.stop())
    const delivery = await assign({ threads: 4, cacheSize: 2 })
    const instance = { agentId, instanceId: ids[0] }
    const actuator = createActuator('otlp', { db: store.db, nats: undefined as never })
    await actuator.deliver(instance, delivery, 10_000)
    const { effectiveVersion, effectiveValues, inForceSince } = await find(ids[0])
    expect({ version: effectiveVersion, values: effectiveValues }).toEqual(delivery)
    const writtenAt = statSync(join(folder, `${ids[0]}.assumed`)).mtimeMs
    expect(inForceSince!.getTime()).toBeGreaterThan(writtenAt + 500)
    expect(await actuator.readBack(instance, 10_000)).toEqual(delivery)
  })

  test('are delivered in the newest version if it is assigned while another one is delivered, and count from then on', async () => {
    const { agentId, ids, assign, find } = await startTelemetryAgent(1)
    const isPosting = Promise.withResolvers<void>()
    const answers = Promise.withResolvers<void>()
    const postedAt = new Map<number, number>()
    const webhook = await startWebhook(async ({ version }) => {
      if (version === 2) {
        isPosting.resolve()
        await answers.promise
      }
      postedAt.set(version, postedAt.get(version) ?? Date.now())
      return { status: 204 }
    })
    onTestFinished(() => webhook.stop())
    const takesEffectSeconds = 2
    const webhookOf = { url: `${webhook.url}/{instanceId}`, secret: webhookSecret }
    const settings = { webhook: webhookOf, takesEffectSeconds, knobs: [intKnob('threads'), intKnob('cacheSize')] }
    const { agents: rules } = telemetrySchema.parse({ agents: [{ agentId, match: { 'service.name': agentId }, settings }] })
    const channels = new SettingsChannels(store.db, { rules, commands: [] }, (error) => expect.fail(String(error)))
    // The settings that it starts with have been in force for a while.
    channels.start()
    onTestFinished(() => channels.stop())
    await vi.waitFor(async () => expect((await find(ids[0])).inForceSince).not.toBeNull(), patience)
    const seen = new Set<number | null>()
    const overtaken = await assign({ threads: 4, cacheSize: 2 })
    expect(overtaken.version).toBe(2)
    await isPosting.promise
    const newest = await assign({ threads: 9, cacheSize: 3 })
    answers.resolve()
    await vi.waitFor(async () => {
      const { effectiveVersion } = await find(ids[0])
      seen.add(effectiveVersion)
      expect(effectiveVersion).toBe(newest.version)
    }, patience)
    const { effectiveValues, inForceSince } = await find(ids[0])
    expect([...seen], 'the overtaken one was never in force').toEqual([1, newest.version])
    expect(effectiveValues).toEqual(newest.values)
    expect(inForceSince!.getTime()).toBeGreaterThanOrEqual(postedAt.get(newest.version)! + 1_000 * takesEffectSeconds - 50)
  })

  test('are not assumed to be in force if its executions say which it runs with', async () => {
    const { agentId, ids, assign, find } = await startTelemetryAgent(1)
    const { version } = await assign({ threads: 4, cacheSize: 2 })
    const instance = { agentId, instanceId: ids[0] }
    const row = {
      agentName: agentId,
      instanceId: ids[0],
      executionType: 'answer',
      configurationVersion: 1,
      versionAssumed: false,
    }
    await store.db.insertInto('agentExecutions').values(row).execute()
    await recordAssumedVersion(store.db, instance, version, Date.now())
    expect(await find(ids[0])).toMatchObject({ effectiveVersion: 1 })
    // A minute later, it has said nothing for a while.
    await recordAssumedVersion(store.db, instance, version, Date.now() + 70_000)
    expect(await find(ids[0])).toMatchObject({ effectiveVersion: version })
  })

  test('are recorded again without a look at its executions as long as they are the same', async () => {
    const { agentId, ids, assign, find } = await startTelemetryAgent(1)
    const { version } = await assign({ threads: 4, cacheSize: 2 })
    const asked: string[] = []
    const recording: KyselyPlugin = {
      transformQuery({ node }) {
        asked.push(JSON.stringify(node))
        return node
      },
      transformResult: async ({ result }) => result,
    }
    const record = async (now: number) => {
      asked.length = 0
      await recordAssumedVersion(store.db.withPlugin(recording), { agentId, instanceId: ids[0] }, version, now)
      expect((await find(ids[0])).effectiveAt).toEqual(new Date(now))
      return asked.some((query) => query.includes('"agent_executions"'))
    }
    expect(await record(begin + 2_000)).toBe(true)
    expect(await record(begin + 4_000)).toBe(false)
    expect((await find(ids[0])).inForceSince).toEqual(new Date(begin + 2_000))
    const declared = [...knobs, intKnob('retries', { default: 3 })]
    await registerInstance(store.db, announcement(agentId, ids[0], { knobs: declared, transport: 'otlp' as never }), begin)
    expect(await record(begin + 6_000)).toBe(true)
    expect((await find(ids[0])).effectiveValues).toEqual({ threads: 4, cacheSize: 2, retries: 3 })
    await assign({ threads: 5, cacheSize: 2, retries: 3 })
    expect(await record(begin + 8_000)).toBe(true)
  })
})

describe('the command that restarts an instance', () => {
  const run = async (program: string[], instances = 2) => {
    const agent = await startTelemetryAgent(instances)
    const environment = createSettingsFile(store.db, join(folder, '{instanceId}.env'), 'environment')
    const commands = new InstanceRestarter(store.db, environment.converge)
    const { agentId } = agent
    const converge = async () =>
      await commands.converge({ agentId, command: program }, await listKnownInstances(store.db, agentId))
    return { ...agent, converge }
  }

  test('finds the new environment, and is given once, for one instance', async () => {
    const copy = ['cp', join(folder, '{instanceId}.env'), join(folder, '{instanceId}.started')]
    const { ids, assign, converge, find } = await run(copy)
    const [first, second] = ids as [string, string]
    const { version } = await assign({ threads: 4, cacheSize: 2 })
    await converge()
    await converge()
    const started = readFileSync(join(folder, `${first}.started`), 'utf8')
    expect(started).toBe(`OPTIMIZER_CONFIGURATION_VERSION=${version}\nTHREADS=4\nCACHE_SIZE=2\n`)
    expect(await find(first)).toMatchObject({ restartVersion: version })
    expect(await find(second)).toMatchObject({ restartVersion: null })
  })

  test.each([
    ['fails', ['sh', '-c', 'echo no such unit: {instanceId} >&2; exit 5'], 'no such unit: agent-'],
    ['does not exist', ['/no/such/program', '{instanceId}'], 'ENOENT'],
  ])('that %s is a refusal with the reason', async (_what, command, reason) => {
    const { ids, assign, converge, find } = await run(command, 1)
    const { version } = await assign({ threads: 4, cacheSize: 2 })
    await converge()
    expect(await find(ids[0])).toMatchObject({
      refusedVersion: version,
      restartVersion: null,
      refusal: expect.stringContaining(reason),
    })
    // It is not repeated at once.
    expect(await requestRestart(store.db, (await find(ids[0])).agentId, ids[0], Date.now())).toMatchObject({ state: 'waiting' })
  })

  test('runs again for the version from before, also if the instance never said what it runs with', async () => {
    const { agentId, ids, assign, converge, find } = await run(['true', '{instanceId}'], 1)
    await assign({ threads: 4, cacheSize: 2 })
    await converge()
    const { version } = await assign(defaults)
    await assignConfiguration(store.db, agentId, ids, version)
    await converge()
    expect(await find(ids[0])).toMatchObject({ restartVersion: version })
  })
})

describe('a webhook for settings', () => {
  const post = async (answer?: (count: number) => Answer) => {
    const agent = await startTelemetryAgent(1)
    const webhook = await startWebhook(answer && ((_delivery, count) => answer(count)))
    onTestFinished(() => webhook.stop())
    const channel = new SettingsWebhook(store.db, { url: `${webhook.url}/{instanceId}`, secret: webhookSecret })
    const delivery = await agent.assign({ threads: 4, cacheSize: 2 })
    const instance = { agentId: agent.agentId, instanceId: agent.ids[0] }
    return { ...agent, ...webhook, webhook, delivery, instance, converge: (now?: number) => channel.converge(instance, now) }
  }

  test('gets them signed, and its answer confirms the version that it names', async () => {
    const { webhook, delivery, instance, converge, find } = await post()
    await converge()
    expect(webhook.received.get(instance.instanceId)).toMatchObject(delivery)
    expect(webhook.unsigned).toBe(0)
    const { version: effectiveVersion, values: effectiveValues } = delivery
    expect(await find(instance.instanceId)).toMatchObject({ effectiveVersion, effectiveValues, inForceSince: expect.any(Date) })
  })

  test('that answers 200 and does nothing leaves them unconfirmed, and a delivery says so', async () => {
    const { webhook, delivery, instance, converge, find } = await post(() => ({ status: 200 }))
    await converge()
    expect(webhook.received.get(instance.instanceId)).toMatchObject(delivery)
    expect(await find(instance.instanceId)).toMatchObject({ effectiveVersion: 1, inForceSince: null })
    const actuator = createActuator('otlp', { db: store.db, nats: undefined as never })
    await expect(actuator.deliver(instance, delivery, 300)).rejects.toMatchObject({
      code: 'not-acknowledged',
      message: expect.stringContaining('nothing confirms that the instance applied it'),
    })
  })

  test('whose agent has a clock that is behind leaves them unconfirmed, and a delivery says by how much', async () => {
    const { agentId, delivery, instance } = await post(() => ({ status: 200 }))
    const { version } = delivery
    const row = { agentName: agentId, instanceId: instance.instanceId, configurationVersion: version, versionAssumed: false }
    const timestamp = new Date(Date.now() - 75_000)
    await store.db
      .insertInto('agentExecutions')
      .values({ id: randomUUID(), executionType: 'work', timestamp, ...row })
      .execute()
    const actuator = createActuator('otlp', { db: store.db, nats: undefined as never })
    await expect(actuator.deliver(instance, delivery, 300)).rejects.toMatchObject({
      code: 'not-acknowledged',
      message: expect.stringMatching(new RegExp(`spans name version ${version}, but the latest of them ended 7\\d s ago`)),
    })
  })

  test('that names another version is noticed', async () => {
    const { delivery, instance, converge } = await post(() => ({ status: 200, body: { version: 1 } }))
    await converge()
    const actuator = createActuator('otlp', { db: store.db, nats: undefined as never })
    await expect(actuator.deliver(instance, delivery, 300)).rejects.toMatchObject({ code: 'not-acknowledged' })
  })

  test('that fails is asked again later, with the same idempotency key', async () => {
    const { webhook, delivery, instance, converge, find } = await post((count) =>
      count < 3 ? { status: count === 1 ? 503 : 429 } : { status: 200, body: { version: 2 } },
    )
    await expect(converge()).rejects.toThrow('returned 503')
    await converge()
    expect(webhook.keys).toHaveLength(1)
    await expect(converge(Date.now() + 10_000)).rejects.toThrow('returned 429')
    await converge(Date.now() + 10_000)
    expect(webhook.keys).toEqual(Array(3).fill(`${instance.agentId}/${instance.instanceId}/${delivery.version}`))
    expect(await find(instance.instanceId)).toMatchObject({ effectiveVersion: delivery.version })
  })

  test('that answers 500 for an hour is asked every minute, and confirms as soon as it answers', async () => {
    const failures = 20
    const { webhook, delivery, instance, converge, find } = await post((count) =>
      count <= failures ? { status: 500 } : { status: 200, body: { version: 2 } },
    )
    const inMs = (ms: number) => converge(Date.now() + ms)
    for (let failed = 0; failed < failures; failed++) await expect(inMs(60_000)).rejects.toThrow('returned 500')
    await inMs(30_000)
    expect(webhook.keys).toHaveLength(failures)
    expect(await find(instance.instanceId)).toMatchObject({ effectiveVersion: 1, refusedVersion: null })
    await inMs(60_000)
    expect(await find(instance.instanceId)).toMatchObject({ effectiveVersion: delivery.version })
  })

  test('may refuse them with a reason', async () => {
    const { delivery, instance, converge, find } = await post(() => ({ status: 422, body: { reason: 'too many threads' } }))
    await converge()
    expect(await find(instance.instanceId)).toMatchObject({ refusedVersion: delivery.version, refusal: 'too many threads' })
  })

  test('that is away or redirects is an error, and changes nothing', async () => {
    const { webhook, instance, converge, find } = await post(() => ({ status: 302 }))
    await expect(converge()).rejects.toThrow()
    await webhook.stop()
    await expect(converge(Date.now() + 60_000)).rejects.toThrow()
    expect(await find(instance.instanceId)).toMatchObject({ effectiveVersion: 1, refusedVersion: null })
  })
})
