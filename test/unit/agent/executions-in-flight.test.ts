import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { ExecutionsInFlight } from '../../../src/agent/executions-in-flight.ts'

test('those that have run for a second are listed with their version, the oldest first, until they end', () => {
  const inFlight = new ExecutionsInFlight()
  const begin = (startedAt: number, { type = 'hunt', version = 2 } = {}) => {
    const id = randomUUID()
    inFlight.begin({ id, type, version }, startedAt)
    return id
  }
  const earlier = begin(0, { version: 1 })
  const ended = begin(500)
  const [first, second] = [begin(1_000), begin(4_000.4)]
  begin(4_500)
  inFlight.end(ended)
  expect(inFlight.list(2, 5_100)).toEqual([
    { id: earlier, type: 'hunt', version: 1, runningMs: 5_100 },
    { id: first, type: 'hunt', version: 2, runningMs: 4_100 },
    { id: second, type: 'hunt', version: 2, runningMs: 1_100 },
  ])
})

test('at most a hundred are listed, and none that the optimizer would refuse', () => {
  const inFlight = new ExecutionsInFlight()
  inFlight.begin({ id: randomUUID(), type: 'x'.repeat(201), version: 1 }, 0)
  for (let i = 0; i < 150; i++) inFlight.begin({ id: randomUUID(), type: 'hunt', version: 1 }, i)
  const listed = inFlight.list(1, 10_000)
  expect(listed.map(({ runningMs }) => runningMs)).toEqual(Array.from({ length: 100 }, (_, i) => 10_000 - i))
})

test('those of the version in force are listed before older ones of earlier versions', () => {
  const inFlight = new ExecutionsInFlight()
  for (let i = 0; i < 150; i++) inFlight.begin({ id: randomUUID(), type: 'hunt', version: i < 90 ? 1 : 2 }, i)
  const listed = inFlight.list(2, 10_000)
  expect(Map.groupBy(listed, ({ version }) => version)).toEqual(
    new Map([
      [1, listed.slice(0, 40)],
      [2, listed.slice(40)],
    ]),
  )
  expect(listed.at(-1)!.runningMs).toBe(9_851)
})
