import { Account, type Order } from './account.ts'
import { asset, Ledger } from './ledger.ts'
import { pricesOf } from './prices.ts'

const bookEveryMs = 10_000
const openEveryMs = 5_000
const pricesWithinMs = 2_000

/** Runs the paper account, and keeps its books if there is a database. */
export class TradingDesk {
  readonly #account = new Account()
  readonly #ledger: Ledger | undefined
  readonly #simulator: string
  #prices: Record<string, number> = {}
  #openedAt = 0

  constructor(simulator: string, databaseUrl: string | undefined) {
    this.#simulator = simulator
    this.#ledger = databaseUrl ? new Ledger(databaseUrl) : undefined
    setInterval(() => void this.#book().catch((error: Error) => console.warn(`Booking failed: ${error.message}`)), bookEveryMs)
  }

  get value(): number {
    return this.#account.value(this.#prices)
  }

  /** Opens a position, unless one was opened just now. */
  open(order: Order): void {
    if (Date.now() - this.#openedAt < openEveryMs) return
    this.#openedAt = Date.now()
    this.#account.open(order)
  }

  async #book(): Promise<void> {
    const last = this.#prices
    const symbols = new Set([asset, ...[...this.#account.positions].map(({ symbol }) => symbol)])
    this.#prices = await pricesOf(this.#simulator, symbols, pricesWithinMs)
    const closed = this.#account.close(this.#prices)
    await this.#ledger?.book(this.#account, closed, this.#prices, last)
  }
}
