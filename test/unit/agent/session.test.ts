import { afterEach, expect, test, vi } from 'vitest'
import { AppliedConfiguration } from '../../../src/agent/configuration.ts'
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
    onCycleReport() {},
    command: () => Promise.reject(new Error('not used')),
    async close() {},
  }
  const announcement = { ...identity, kind: 'hunter', transport: 'nats' as const, knobs, metrics: [] }
  session = new Session(announcement, configuration, transport, 20)
  await session.start()
  await vi.waitFor(() => expect(configuration.current).toEqual(version(3)), 10_000)
})
