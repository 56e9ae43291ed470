import type { Reading } from '../simulator/sources.ts'

/** A source's claim about its own reliability counts as this many observations. */
const priorObservations = 1_000
/** Older observations fade because markets change: about this many count. */
const remembered = 200
const bounds = [0.505, 0.95] as const

/** How often each source was right, learned from the outcomes of decisions. */
export class Trust {
  readonly #counts = new Map<string, { right: number; all: number }>()

  /** Probability that the source is right: its own claim, corrected by experience (mean of a beta distribution). */
  of({ source, reliability }: Reading): number {
    const { right, all } = this.#counts.get(source) ?? { right: 0, all: 0 }
    const estimate = (priorObservations * reliability + right) / (priorObservations + all)
    return Math.min(bounds[1], Math.max(bounds[0], estimate))
  }

  learn(readings: readonly Reading[], truth: 1 | -1): void {
    const kept = 1 - 1 / remembered
    for (const { source, direction } of readings) {
      const { right, all } = this.#counts.get(source) ?? { right: 0, all: 0 }
      this.#counts.set(source, { right: kept * right + Number(direction === truth), all: kept * all + 1 })
    }
  }
}
