/** OTLP requests and answers as bytes, in both encodings of OTLP/HTTP. */
import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { OptimizerError } from '../model/errors.ts'
import { countJsonValues, countProtobufValues } from './count-values.ts'
import { StatusSchema } from './proto/google/rpc/status_pb.ts'

export type Encoding = 'protobuf' | 'json'

/** Spans, attributes and other values of a request, which take about 300 bytes of memory each. */
const maxValues = 500_000

/**
 * Decodes a request. In JSON, OTLP writes ids in hexadecimal, where protobuf's own mapping has base64.
 * @throws OptimizerError `invalid-telemetry`, `too-large`
 */
export function decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array, encoding: Encoding): MessageShape<Desc> {
  const values = encoding === 'json' ? countJsonValues(bytes, maxValues) : countProtobufValues(schema, bytes, maxValues)
  if (values > maxValues)
    throw new OptimizerError(
      'too-large',
      `The body has more than ${maxValues} spans, attributes and values; export smaller batches.`,
    )
  try {
    if (encoding === 'protobuf') return fromBinary(schema, bytes, { readUnknownFields: false })
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return fromJson(schema, JSON.parse(text, hexToBase64) as JsonValue, { ignoreUnknownFields: true })
  } catch (cause) {
    // Whatever the bytes are, the decoder must not fail otherwise: garbage makes errors of all sorts.
    const message = `The body is not a valid ${schema.typeName} in ${encoding} (${describe(cause)}); check the exporter and its protocol.`
    throw new OptimizerError('invalid-telemetry', message, { cause })
  }
}

export function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>, encoding: Encoding): Uint8Array {
  return encoding === 'protobuf' ? toBinary(schema, message) : Buffer.from(JSON.stringify(toJson(schema, message)))
}

/** The body of a response to a request that failed: a `google.rpc.Status`, as OTLP/HTTP demands. */
export function encodeFailure(code: number, message: string, encoding: Encoding): Uint8Array {
  return encode(StatusSchema, create(StatusSchema, { code, message }), encoding)
}

const ids = new Set(['traceId', 'spanId', 'parentSpanId'])

function hexToBase64(key: string, value: unknown): unknown {
  if (!ids.has(key) || typeof value !== 'string') return value
  if (!/^([0-9a-f]{2})*$/i.test(value)) throw new SyntaxError(`${key} is not hexadecimal`)
  return Buffer.from(value, 'hex').toString('base64')
}

const describe = (cause: unknown) => (cause instanceof Error ? cause.message.slice(0, 200) : String(cause))
