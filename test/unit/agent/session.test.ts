import { randomUUID } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { AppliedConfiguration } from '../../../src/agent/configuration.ts'
import { ExecutionsInFlight } from '../../../src/agent/executions-in-flight.ts'
import { Session } from '../../../src/agent/session.ts'
import type { Transport } from '../../../src/agent/transport.ts'
import type { Delivery } from '../../../src/messaging/protocol.ts'
import { knobSchema } from '../../../src/model/knob.ts'

const knobs = [knobSchema.parse({ type: 'int', name: 'poolSize', purpose: 'parallelism', min: 1, max: 32, default: 4 })]
const identity = { agentId: 'hunter', instanceId: 'hunter-1' }
const version = (number: number): Delivery => ({ version: number, values: { poolSize: number } })

let session: Session
afterEach(() => session.stop())

test('an assigned version whose answer another delivery overtook is asked for again at once', async () => {
  const configuration = new AppliedConfiguration(knobs)
  const answers = {
    // The answer is on its way while an older version is delivered once more.
    announce: async () => {
      await session.configure(version(2))
      return version(3)
    },
    heartbeat: async () => ({ known: true, assignedVersion: 3 }),
    configuration: async () => version(3),
    acknowledge: async () => ({}),
    report: async () => ({ accepted: 0, rejected: [] }),
    resources: async () => ({ intervalSeconds: 15 }),
    leave: async () => ({}),
  }
  const transport: Transport = {
    name: 'nats',
    request: (name) => answers[name]() as never,
    command: () => Promise.reject(new Error('not asked for')),
    onCycleReport() {},
    async close() {},
  }
  const announcement = { ...identity, kind: 'hunter', transport: 'nats' as const, knobs, metrics: [] }
  session = new Session(announcement, configuration, transport, { heartbeatMs: 20, inFlight: new ExecutionsInFlight() })
  await session.start()
  await vi.waitFor(() => expect(configuration.current).toEqual(version(3)), 10_000)
})

/** A session whose knob takes effect only on a restart; version 5 is assigned after its start with version 4. */
async function startWithRestartKnob({ mayRestart, restart }: { mayRestart: boolean; restart: () => Promise<void> }) {
  const started = [knobSchema.parse({ ...knobs[0], applies: 'restart' })]
  const configuration = new AppliedConfiguration(started)
  const acknowledged: unknown[] = []
  let beats = 0
  const answers: Record<string, (sent: unknown) => unknown> = {
    announce: () => version(4),
    heartbeat: () => ({ known: true, assignedVersion: 5, drifted: false, restart: mayRestart, beat: beats++ }),
    configuration: () => version(5),
    acknowledge: (sent) => acknowledged.push(sent),
  }
  const transport: Transport = {
    name: 'nats',
    request: async (name, sent) => answers[name]!(sent) as never,
    command: () => Promise.reject(new Error('not used')),
    onCycleReport() {},
    async close() {},
  }
  const announcement = { ...identity, kind: 'hunter', transport: 'nats' as const, knobs: started, metrics: [] }
  session = new Session(announcement, configuration, transport, { heartbeatMs: 20, inFlight: new ExecutionsInFlight(), restart })
  await session.start()
  configuration.endStart()
  const settled = beats + 5
  await vi.waitFor(() => expect(beats).toBeGreaterThan(settled), 10_000)
  return { configuration, acknowledged }
}

test.each([
  ['is its turn', true, 1],
  ['is another’s turn', false, 0],
])('an instance restarts for a knob that takes effect only then when it %s', async (_whose, mayRestart, times) => {
  const restart = vi.fn(async () => {})
  const { configuration, acknowledged } = await startWithRestartKnob({ mayRestart, restart })
  expect(configuration.current).toEqual(version(4))
  expect(restart).toHaveBeenCalledTimes(times)
  expect(acknowledged).toEqual([expect.objectContaining({ version: 4, status: 'applied' })])
  expect(await session.configure(version(6))).toMatchObject({
    status: 'refused',
    reason: 'poolSize takes effect only on a restart',
  })
})

test('an instance that cannot restart refuses the version with the reason', async () => {
  const restart = () => Promise.reject(new Error('no room'))
  const { acknowledged } = await startWithRestartKnob({ mayRestart: true, restart })
  const refusal = { version: 5, status: 'refused', reason: 'it could not restart: no room', inForce: version(4) }
  expect(acknowledged.at(-1)).toEqual({ ...identity, ...refusal })
})

test('a heartbeat tells which executions have run for long', async () => {
  const inFlight = new ExecutionsInFlight()
  const execution = { id: randomUUID(), type: 'hunt', version: 1 }
  inFlight.begin(execution, performance.now() - 5_000)
  const heartbeats: { inFlight?: unknown }[] = []
  const answers: Record<string, (sent: never) => unknown> = {
    announce: () => version(1),
    heartbeat: (sent) => {
      heartbeats.push(sent)
      return { known: true, assignedVersion: 1, drifted: false, restart: false }
    },
    acknowledge: () => ({}),
  }
  const transport: Transport = {
    name: 'nats',
    request: async (name, sent) => answers[name]!(sent as never) as never,
    command: () => Promise.reject(new Error('not used')),
    onCycleReport() {},
    async close() {},
  }
  const announcement = { ...identity, kind: 'hunter', transport: 'nats' as const, knobs, metrics: [] }
  session = new Session(announcement, new AppliedConfiguration(knobs), transport, { heartbeatMs: 20, inFlight })
  await session.start()
  await vi.waitFor(() => expect(heartbeats.length).toBeGreaterThan(0), 10_000)
  expect(heartbeats[0]!.inFlight).toEqual([{ ...execution, runningMs: expect.any(Number) }])
  inFlight.end(execution.id)
  const before = heartbeats.length
  await vi.waitFor(() => expect(heartbeats.length).toBeGreaterThan(before + 1), 10_000)
  expect(heartbeats.at(-1)).not.toHaveProperty('inFlight')
})
