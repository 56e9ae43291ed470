import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../../src/telemetry/decode.ts'
import {
  type ExportTraceServiceRequest,
  ExportTraceServiceRequestSchema,
} from '../../../src/telemetry/proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { span, tracesOf } from '../../support/otlp.ts'

const request = tracesOf('bot', [span({ name: 'répondre' })])
const json = Buffer.from(JSON.stringify(request))
const fromJson = (bytes: Uint8Array) => decode(ExportTraceServiceRequestSchema, bytes, 'json')
const fromProtobuf = (bytes: Uint8Array) => decode(ExportTraceServiceRequestSchema, bytes, 'protobuf')
const firstSpan = ({ resourceSpans }: ExportTraceServiceRequest) => resourceSpans[0]!.scopeSpans[0]!.spans[0]!

test('both encodings say the same', () => {
  const bytes = encode(ExportTraceServiceRequestSchema, fromJson(json), 'protobuf')
  expect(fromProtobuf(bytes)).toEqual(fromJson(json))
})

test('ids are hexadecimal in JSON', () => {
  expect(Buffer.from(firstSpan(fromJson(json)).traceId).toString('hex')).toBe(
    request.resourceSpans[0]!.scopeSpans[0]!.spans[0] &&
      (request.resourceSpans[0]!.scopeSpans[0]!.spans[0] as { traceId: string }).traceId,
  )
})

test('fields of later versions are ignored', () => {
  expect(firstSpan(fromJson(Buffer.from(JSON.stringify({ ...request, later: 1 }))))).toBeDefined()
})

describe('what a body becomes is bounded', () => {
  const tooLarge = { code: 'too-large' }
  const many = 600_000
  /** A field of protobuf that has a length. */
  const field = (number: number, content: Uint8Array) => {
    const length = []
    for (let rest = content.length; ; rest >>>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest)
      if (rest <= 127) break
    }
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), content])
  }
  const inSpans = (content: Uint8Array) => field(1, field(2, content))

  test.each([
    ['spans', inSpans(Buffer.alloc(2 * many, field(2, Buffer.of())))],
    ['attributes of a span', inSpans(field(2, Buffer.alloc(2 * many, field(9, Buffer.of()))))],
  ])('in protobuf, with so many %s', (_, body) => {
    expect(() => fromProtobuf(body)).toThrow(expect.objectContaining(tooLarge))
  })

  test('in JSON', () => {
    const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{}${',{}'.repeat(many)}]}]}]}`
    expect(() => fromJson(Buffer.from(body))).toThrow(expect.objectContaining(tooLarge))
  })

  test('and a long text is a single value', () => {
    const prompt = `{"a":[${'{},'.repeat(many)}"\\"]}`
    const long = Buffer.from(JSON.stringify(tracesOf('bot', [span({ attributes: { prompt } })])))
    const { attributes } = firstSpan(fromProtobuf(encode(ExportTraceServiceRequestSchema, fromJson(long), 'protobuf')))
    expect(attributes[0]!.value!.value.value).toBe(prompt)
  })
})

describe('a body is refused', () => {
  const invalid = { code: 'invalid-telemetry' }
  const bytes = Buffer.from(encode(ExportTraceServiceRequestSchema, fromJson(json), 'protobuf'))
  const badText = Buffer.from(bytes)
  badText[badText.indexOf('répondre') + 1] = 0xff

  test.each([
    ['truncated', bytes.subarray(0, -3)],
    ['random', Buffer.from(Array.from({ length: 4_000 }, (_, index) => (index * 7919) % 256))],
    ['not UTF-8', badText],
    ['nested deep', nestDeep(3_000)],
    ['text', Buffer.from('hello')],
  ])('as protobuf if it is %s', (_, body) => {
    expect(() => fromProtobuf(body)).toThrow(expect.objectContaining(invalid))
  })

  test.each([
    ['truncated', json.subarray(0, -3)],
    ['not UTF-8', Buffer.from('{"a": "\xff"}', 'latin1')],
    ['nested deep', Buffer.from(`{"resourceSpans": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`)],
    [
      'nested deep within a value',
      Buffer.from(JSON.stringify(tracesOf('bot', [span()])).replace('"stringValue":"bot"', deepValue(10_000))),
    ],
    ['no object', Buffer.from('[]')],
    ['not in hexadecimal', Buffer.from(json.toString().replace(/"traceId":"..../, '"traceId":"zzzz'))],
    ['empty', Buffer.from('')],
  ])('as JSON if it is %s', (_, body) => {
    expect(() => fromJson(body)).toThrow(expect.objectContaining(invalid))
  })
})

test('an empty protobuf body is an empty request', () => {
  expect(fromProtobuf(new Uint8Array())).toEqual(create(ExportTraceServiceRequestSchema))
})

function deepValue(depth: number): string {
  return `${'"arrayValue":{"values":[{'.repeat(depth)}"stringValue":"x"${'}]}'.repeat(depth)}`
}

/** A span whose attribute is a list in a list in a list. */
function nestDeep(depth: number): Buffer {
  const wrap = (tag: number, content: Buffer) => {
    const length: number[] = []
    let rest = content.length
    for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128)
    return Buffer.concat([Buffer.from([tag, ...length, rest]), content])
  }
  let value = Buffer.alloc(0)
  for (let level = 0; level < depth; level++) value = wrap(0x2a, wrap(0x0a, value)) as Buffer<ArrayBuffer>
  return [0x12, 0x4a, 0x12, 0x12, 0x0a].reduce((content, tag) => wrap(tag, content), value as Buffer)
}
