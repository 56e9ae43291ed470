import type { KeyValue } from './proto/opentelemetry/proto/common/v1/common_pb.ts'

type Scalar = string | number | boolean

/** The attributes of a span, a record or a resource that have a single value; the last one of a name counts. */
export class Attributes {
  readonly #values = new Map<string, Scalar>()

  constructor(attributes: readonly KeyValue[]) {
    for (const { key, value } of attributes) {
      switch (value?.value.case) {
        case 'stringValue':
        case 'boolValue':
        case 'doubleValue':
          this.#values.set(key, value.value.value)
          break
        case 'intValue':
          this.#values.set(key, Number(value.value.value))
      }
    }
  }

  /** A value as text; undefined if there is none or it is empty. */
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name)
      if (value !== undefined && value !== '') return String(value)
    }
    return undefined
  }

  /** The first of these attributes that is a finite number, also if it was written as text. */
  number(...names: string[]): number | undefined {
    for (const name of names) {
      const value = this.#values.get(name)
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
      if (typeof number === 'number' && Number.isFinite(number)) return number
    }
    return undefined
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }
}
