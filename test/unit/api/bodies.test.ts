import { expect, test } from 'vitest'
import { readChunks } from '../../../src/api/limit-body.ts'

const chunk = new Uint8Array([1, 2])

test('a body is read as it arrives', async () => {
  const body = new Blob([chunk, chunk]).stream()
  const sizes: number[] = []
  for await (const { length } of readChunks(body)) sizes.push(length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(4)
})

test('a body that brings nothing for a while is given up, and its sender is told to stop', async () => {
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(chunk),
    cancel() {
      isCancelled = true
    },
  })
  const read = async () => {
    for await (const _ of readChunks(body, 20));
  }
  await expect(read()).rejects.toMatchObject({ code: 'stalled', retryable: true })
  expect(isCancelled).toBe(true)
})
