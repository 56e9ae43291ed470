export interface Order {
  side: 1 | -1
  symbol: string
  price: number
  notional: number
  /** The relative price change that the agent expects. */
  expectedMove: number
  /** Why it is placed, for the books. */
  reason: string
}
export interface Position extends Order {
  openedAt: number
}
export interface Trade extends Position {
  profit: number
}

const startUsd = 10_000
const heldMs = 15_000
/** Largest share of the account in one position. */
const largestShare = 0.2

/** A paper account: positions are opened at the price the simulator filled them at, and closed at its price later. */
export class Account {
  readonly positions = new Set<Position>()
  #usd = startUsd

  get usd(): number {
    return this.#usd
  }

  open(order: Order): void {
    const notional = Math.min(order.notional, this.#usd * largestShare)
    this.positions.add({ ...order, notional, openedAt: Date.now() })
  }

  /** Closes positions held long enough, at these prices. */
  close(prices: Record<string, number>): Trade[] {
    const due = [...this.positions].filter(({ openedAt }) => Date.now() - openedAt >= heldMs)
    return due.map((position) => {
      this.positions.delete(position)
      const profit = this.#profit(position, prices)
      this.#usd += profit
      return { ...position, profit }
    })
  }

  /** The value of the account at these prices, USD. */
  value(prices: Record<string, number>): number {
    return [...this.positions].reduce((sum, position) => sum + this.#profit(position, prices), this.#usd)
  }

  #profit({ side, symbol, price, notional }: Position, prices: Record<string, number>): number {
    return side * notional * ((prices[symbol] ?? price) / price - 1)
  }
}
