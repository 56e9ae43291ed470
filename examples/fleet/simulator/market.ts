import { chance, lognormal, normal, zipf } from '../runtime/random.ts'
import { Regime } from './regime.ts'

export type Direction = 1 | -1

const symbolCount = 600
const popularityExponent = 0.7
const watchListLength = 60
/** Popularity shifts by one symbol in this time. */
const popularityShiftMs = 90_000
const moodMs = 80_000
const alignmentMs = 60_000
/** Probability that a symbol follows the mood of the whole market rather than moving against it. */
const aligned = 0.62
const tickMs = 1_000
const historyLength = 600
/** Relative to the price: the random part per square root of a second, and the drift of a trend per second. */
const volatility = 0.0007
const drift = 0.00008

export const opposite = (direction: Direction): Direction => (direction === 1 ? -1 : 1)

/** One symbol: its price follows a hidden trend. */
class Instrument {
  readonly closes: number[] = []
  readonly #mood: Regime<Direction>
  readonly #alignment = new Regime<Direction>(alignmentMs, () => (chance(aligned) ? 1 : -1))
  #price = lognormal(100, 1)
  #at = Date.now()

  constructor(mood: Regime<Direction>) {
    this.#mood = mood
    for (let tick = 0; tick < historyLength; tick++) this.closes.push(this.#move(tickMs / 1_000))
  }

  get trend(): Direction {
    return this.#mood.now === this.#alignment.now ? 1 : -1
  }

  get price(): number {
    const now = Date.now()
    const seconds = (now - this.#at) / 1_000
    this.#at = now
    return this.#move(seconds)
  }

  tick(): void {
    this.closes.push(this.price)
    if (this.closes.length > historyLength) this.closes.shift()
  }

  #move(seconds: number): number {
    this.#price *= Math.exp(this.trend * drift * seconds + volatility * Math.sqrt(seconds) * normal())
    return this.#price
  }
}

/** The truth that the agents try to discover. */
export class Market {
  readonly mood = new Regime<Direction>(moodMs, (mood) => (mood ? opposite(mood) : chance(0.5) ? 1 : -1))
  readonly symbols = Array.from({ length: symbolCount }, (_, index) => `S${String(index).padStart(3, '0')}`)
  readonly #instruments = new Map(this.symbols.map((symbol) => [symbol, new Instrument(this.mood)]))
  readonly #rank = zipf(symbolCount, popularityExponent)
  readonly #watchListRank = zipf(watchListLength, popularityExponent)
  readonly #started = Date.now()

  constructor() {
    setInterval(() => {
      for (const instrument of this.#instruments.values()) instrument.tick()
    }, tickMs).unref()
  }

  /** A symbol with an opportunity: a few are more frequent than most, and which ones shifts slowly. */
  busySymbol(): string {
    return this.#shifted(this.#rank())
  }

  /** One of the few symbols that everybody follows. */
  watchedSymbol(): string {
    return this.#shifted(this.#watchListRank())
  }

  trend(symbol: string): Direction {
    return this.#instrument(symbol).trend
  }

  price(symbol: string): number {
    return this.#instrument(symbol).price
  }

  closes(symbol: string, count: number): number[] {
    return this.#instrument(symbol).closes.slice(-count)
  }

  #shifted(rank: number): string {
    const shift = Math.floor((Date.now() - this.#started) / popularityShiftMs)
    return this.symbols[(rank + shift) % symbolCount]!
  }

  #instrument(symbol: string): Instrument {
    return this.#instruments.get(symbol) ?? this.#instruments.get(this.symbols[0]!)!
  }
}
