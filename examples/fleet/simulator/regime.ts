import { exponential } from '../runtime/random.ts'

/** A value that changes at random times, so that data about it becomes stale. */
export class Regime<T> {
  readonly #meanMs: number
  readonly #next: (present?: T) => T
  #value: T
  #until: number

  constructor(meanMs: number, next: (present?: T) => T) {
    this.#meanMs = meanMs
    this.#next = next
    this.#value = next()
    this.#until = Date.now() + exponential(meanMs)
  }

  get now(): T {
    while (Date.now() > this.#until) {
      this.#value = this.#next(this.#value)
      this.#until += exponential(this.#meanMs)
    }
    return this.#value
  }
}
