/**
 * States hold many numbers: as typed arrays while they are used, which take a third of the memory of lists, and as base64 in JSON, which is
 * written and read many times faster than lists of decimals.
 */

type Numbers = Float64Array | Float32Array | Uint16Array | Uint8Array

/** A state as JSON. */
export type Packed<State> = State extends Numbers
  ? string
  : State extends readonly (infer Item)[]
    ? number extends State['length']
      ? Packed<Item>[]
      : State
    : State extends object
      ? { [Key in keyof State]: Packed<State[Key]> }
      : State

/** A copy of a state, as JSON. */
export function pack<State>(state: State): Packed<State> {
  return packAny(state) as Packed<State>
}

function packAny(value: unknown): unknown {
  if (isNumbers(value)) return packNumbers(value)
  if (Array.isArray(value)) return value.some(isComposite) ? value.map(packAny) : value.slice()
  if (!isComposite(value)) return value
  const packed: Record<string, unknown> = {}
  for (const key in value) packed[key] = packAny((value as Record<string, unknown>)[key])
  return packed
}

export function packNumbers(numbers: Numbers): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64')
}

/** Fills numbers with those that were packed. @returns false if they are not as many */
export function unpackNumbersInto(packed: unknown, numbers: Numbers): boolean {
  if (typeof packed !== 'string') return false
  const bytes = Buffer.from(packed, 'base64')
  if (bytes.length !== numbers.byteLength) return false
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).set(bytes)
  return true
}

/**
 * Replaces the content of a fresh state by a packed one.
 * @returns false if that has another shape: other keys, or lists of another length, save for those that grow from empty
 */
export function unpackInto(packed: unknown, fresh: object): boolean {
  return unpackAny(packed, fresh) !== unlike
}

const unlike = Symbol('of another shape')

/** What replaces a part of a fresh state. */
function unpackAny(packed: unknown, fresh: unknown): unknown {
  if (isNumbers(fresh)) return unpackNumbersInto(packed, fresh) ? fresh : unlike
  if (Array.isArray(fresh)) return fresh.length === 0 ? unpackGrowing(packed) : unpackList(packed, fresh)
  // Null is an unknown number.
  if (fresh === null) return packed === null || typeof packed === 'number' ? packed : unlike
  if (typeof fresh !== 'object') return typeof packed === typeof fresh ? packed : unlike
  if (!isComposite(packed)) return unlike
  const [content, state] = [packed as Record<string, unknown>, fresh as Record<string, unknown>]
  for (const key of Object.keys(state)) {
    const value = unpackAny(content[key], state[key])
    if (value === unlike) return unlike
    if (value !== state[key]) state[key] = value
  }
  return fresh
}

function unpackList(packed: unknown, fresh: unknown[]): unknown {
  if (!Array.isArray(packed) || packed.length !== fresh.length) return unlike
  for (let i = 0; i < fresh.length; i++) {
    const value = unpackAny(packed[i], fresh[i])
    if (value === unlike) return unlike
    fresh[i] = value
  }
  return fresh
}

function unpackGrowing(packed: unknown): unknown {
  if (packed === null) return null
  return Array.isArray(packed) ? packed.map((item) => (isComposite(item) ? { ...item } : item)) : unlike
}

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value)
const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null
