import type { Reading } from '../simulator/sources.ts'
import type { Settings } from './knobs.ts'

/** The reliability assumed for every source when all have equal weight. */
const assumedReliability = 0.65

export const logOdds = (probability: number): number => Math.log(probability / (1 - probability))

/** Evidence for each direction, summed as log odds (naive Bayes). */
export class Evidence {
  readonly readings: Reading[] = []
  readonly #weigh: (reading: Reading) => number
  readonly #rank: (reading: Reading) => number
  #balance = 0

  constructor(weighting: Settings['evidenceWeighting'], order: readonly string[], trust: (reading: Reading) => number) {
    this.#rank = ({ source }) => order.indexOf(source)
    this.#weigh = {
      equal: () => logOdds(assumedReliability),
      priority: (reading: Reading) => 2 * logOdds(assumedReliability) * (1 - this.#rank(reading) / order.length),
      reliability: (reading: Reading) => logOdds(trust(reading)),
    }[weighting]
  }

  add(reading: Reading): void {
    this.readings.push(reading)
    this.#balance += reading.direction * this.#weigh(reading)
  }

  /** In a tie, the source that is first in the order decides. */
  get direction(): 1 | -1 | undefined {
    if (Math.abs(this.#balance) > 1e-9) return this.#balance > 0 ? 1 : -1
    return this.readings.toSorted((a, b) => this.#rank(a) - this.#rank(b))[0]?.direction
  }

  /** Probability that the direction is right, 0.5–1. */
  get confidence(): number {
    return 1 / (1 + Math.exp(-Math.abs(this.#balance)))
  }
}
