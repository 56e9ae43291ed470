import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxLineBytes, readLines } from '../../../src/api/gateway/ndjson-lines.ts'

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let begin = 0; begin < bytes.length; begin += size) yield bytes.subarray(begin, begin + size)
}
const read = async (content: string | Uint8Array, size = 7) =>
  await Array.fromAsync(readLines(inChunks(typeof content === 'string' ? Buffer.from(content) : content, size)), (line) => ({
    ...line,
    content: 'value' in line.content ? { value: line.content.value } : line.content,
  }))

test('lines are the same however the stream is cut', async () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.dictionary(fc.string(), fc.string()))
  await fc.assert(
    fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 40 }), async (values, size) => {
      const lines = await read(values.map((each) => JSON.stringify(each)).join('\n'), size)
      expect(lines.map(({ content }) => content)).toEqual(values.map((each) => ({ value: JSON.parse(JSON.stringify(each)) })))
    }),
  )
})

test('empty lines are left out and counted, and the last line needs no end', async () => {
  expect((await read('1\r\n\n  \n2')).map(({ number, content }) => [number, content])).toEqual([
    [1, { value: 1 }],
    [4, { value: 2 }],
  ])
})

test('a line that is no JSON, no UTF-8 or too long is named, and the others are read', async () => {
  const long = `"${'x'.repeat(maxLineBytes)}"`
  const lines = await read(
    Buffer.concat([Buffer.from(`1\n{"a":\n${long}\n`), Buffer.from([0xff, 0xfe, 10]), Buffer.from('2\n')]),
    4_096,
  )
  expect(lines.map(({ content }) => content)).toEqual([
    { value: 1 },
    { problem: 'is not JSON' },
    { problem: expect.stringMatching(/has 73730 bytes/) },
    { problem: 'is not UTF-8' },
    { value: 2 },
  ])
})
