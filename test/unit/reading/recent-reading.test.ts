import { expect, test } from 'vitest'
import { createCachedReader } from '../../../src/reading/cached-reader.ts'

/** A reader of the count of its readings, each taking `tookMs` by a clock that the test advances. */
function countingReader(tookMs: number) {
  const clock = { now: 0, readings: 0 }
  const read = createCachedReader(
    async () => {
      clock.readings++
      clock.now += tookMs
      return clock.readings
    },
    () => clock.now,
  )
  return { clock, read }
}

test('a quick reading is repeated for each request', async () => {
  const { read } = countingReader(5)
  expect([await read(), await read(), await read()]).toEqual([1, 2, 3])
})

test('a slow reading serves ten times as long as it took, and is then repeated while requests go on', async () => {
  const { clock, read } = countingReader(400)
  expect([await read(), await read()]).toEqual([1, 1])
  clock.now = 4_001
  expect(await read()).toBe(1)
  expect(clock.readings).toBe(2)
  expect(await read()).toBe(2)
})

test('nobody gets one that is older than 30 seconds', async () => {
  const { clock, read } = countingReader(400)
  await read()
  clock.now = 30_001
  expect(await read()).toBe(2)
})

test('those who ask at once share a slow reading, and a failure is not remembered', async () => {
  let attempts = 0
  const read = createCachedReader(async () => {
    attempts++
    if (attempts === 1) throw new Error('away')
    return attempts
  })
  const asked = await Promise.allSettled([read(), read()])
  expect([attempts, ...asked.map(({ status }) => status)]).toEqual([1, 'rejected', 'rejected'])
  expect(await read()).toBe(2)
})
