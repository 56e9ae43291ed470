import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventSequence } from '../../../src/reading/event-sequence.ts'

test('events without a gap are complete at once, whatever transactions are open', () => {
  const sequence = new EventSequence(3)
  expect(sequence.advance([4, 5, 6], 1)).toBe(false)
  expect(sequence.completeUpTo).toBe(6)
})

test('a gap is waited for until the transactions have ended that may fill it', () => {
  const sequence = new EventSequence(0)
  expect(sequence.advance([1, 3], 50)).toBe(true)
  sequence.setFence(3, 60)
  expect(sequence.advance([1, 3, 4], 59)).toBe(false)
  expect(sequence.completeUpTo).toBe(1)
  // It was rolled back.
  expect(sequence.advance([3, 4, 6], 60)).toBe(true)
  expect(sequence.completeUpTo).toBe(4)
})

test('a gap that is filled is not jumped over', () => {
  const sequence = new EventSequence(0)
  sequence.advance([1, 3], 50)
  sequence.setFence(3, 60)
  sequence.advance([2, 3], 58)
  expect(sequence.completeUpTo).toBe(3)
})

/** A transaction that takes ids when it writes, and commits or is rolled back later. */
interface Writer {
  transaction: number
  ids: number[]
}

test('whatever the order of writes, commits, rollbacks and reads, no event is passed over', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), writer: fc.nat(4) }),
    fc.record({ kind: fc.constant('end' as const), writer: fc.nat(4), commits: fc.boolean() }),
    fc.constant({ kind: 'read' as const }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sequence = new EventSequence(0)
      const writers = new Map<number, Writer>()
      const visible: number[] = []
      const delivered: number[] = []
      let [nextId, nextTransaction] = [1, 1]
      const read = () => {
        const ids = visible.filter((id) => id > sequence.completeUpTo).sort((a, b) => a - b)
        const oldestOpen = Math.min(nextTransaction, ...[...writers.values()].map(({ transaction }) => transaction))
        const isWaiting = sequence.advance(ids, oldestOpen)
        if (isWaiting) sequence.setFence(ids.at(-1)!, nextTransaction++)
        delivered.push(...ids.filter((id) => id <= sequence.completeUpTo))
      }
      const end = (name: number, commits: boolean) => {
        if (commits) visible.push(...(writers.get(name)?.ids ?? []))
        writers.delete(name)
      }
      for (const step of steps) {
        if (step.kind === 'read') read()
        else if (step.kind === 'end') end(step.writer, step.commits)
        else {
          const writer = writers.get(step.writer) ?? { transaction: nextTransaction++, ids: [] }
          writers.set(step.writer, writer)
          writer.ids.push(nextId++)
        }
      }
      for (const name of [...writers.keys()]) end(name, true)
      for (let round = 0; round < 3; round++) read()
      expect(delivered).toEqual(visible.sort((a, b) => a - b))
    }),
  )
})
