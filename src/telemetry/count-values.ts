/** How much a request becomes once it is decoded, counted on its bytes: two of them can be a whole span, and gzip makes almost none of these. */
import { type DescMessage, ScalarType } from '@bufbuild/protobuf'

/** Whatever is nested more deeply is refused by the decoder. */
const deepest = 100
/** Numbers in a list that take as much memory as a message. */
const numbersPerMessage = 8

/** The number of messages in a body of protobuf; numbers in lists count too. It is not checked whether the body is valid. @param most beyond which nothing is counted */
export const countProtobufValues = (schema: DescMessage, bytes: Uint8Array, most: number): number =>
  countMessages(schema, bytes, { from: 0, to: bytes.length, depth: 0, most })

interface Fields {
  messages: Map<number, DescMessage>
  /** Those that are lists of numbers. */
  numbers: Set<number>
}
const known = new WeakMap<DescMessage, Fields>()

function fieldsOf(schema: DescMessage): Fields {
  const fields: Fields = known.get(schema) ?? { messages: new Map(), numbers: new Set() }
  if (known.has(schema)) return fields
  known.set(schema, fields)
  for (const field of schema.fields) {
    if (field.message) fields.messages.set(field.number, field.message)
    else if (field.fieldKind === 'list' && field.listKind === 'scalar' && field.scalar !== ScalarType.STRING)
      fields.numbers.add(field.number)
  }
  return fields
}

/** Tags, lengths and numbers are base-128 varints: https://protobuf.dev/programming-guides/encoding. */
function countMessages(
  schema: DescMessage,
  bytes: Uint8Array,
  { from, to, depth, most }: { from: number; to: number; depth: number; most: number },
): number {
  const { messages, numbers } = fieldsOf(schema)
  let count = 1
  let at = from
  const readVarint = () => {
    let value = 0
    for (let factor = 1; at < to; factor *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * factor
      if (byte < 128) break
    }
    return value
  }
  while (at < to && count <= most) {
    const tag = readVarint()
    const field = Math.floor(tag / 8)
    const wireType = tag % 8
    if (wireType === 0) readVarint()
    else if (wireType === 1) at += 8
    else if (wireType === 5) at += 4
    else if (wireType === 2) {
      const length = readVarint()
      const end = Math.min(at + length, to)
      const message = messages.get(field)
      if (message && depth < deepest)
        count += countMessages(message, bytes, { from: at, to: end, depth: depth + 1, most: most - count })
      else if (numbers.has(field)) count += length / numbersPerMessage
      at = end
    }
    // Groups are not in use; the decoder refuses what is none of these.
    else break
  }
  return count
}

const [quote, backslash, comma, brace, bracket] = Buffer.from('"\\,{[')

/** The number of objects and lists in a body of JSON; what is in lists counts too. @param most beyond which nothing is counted */
export function countJsonValues(bytes: Uint8Array, most: number): number {
  let count = 0
  for (let at = 0; at < bytes.length && count <= most; at++) {
    const byte = bytes[at]
    if (byte === brace || byte === bracket) count++
    else if (byte === comma) count += 1 / numbersPerMessage
    else if (byte === quote) {
      for (at++; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++
    }
  }
  return count
}
