import { expect, test } from 'vitest'
import { forEachConcurrently } from '../../../src/client/for-each-concurrently.ts'

test('each item is worked on once, with so many at a time', async () => {
  const begun: number[] = []
  let [running, most] = [0, 0]
  await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    begun.push(item)
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  })
  expect({ begun, most }).toEqual({ begun: [1, 2, 3, 4, 5, 6, 7], most: 3 })
})
