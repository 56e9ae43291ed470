import pg from 'pg'
import type { Account, Trade } from './account.ts'

/** The asset in which the account is reported, like bitcoin in document 002. */
export const asset = 'S000'

/** Books trades, the account and the market into the tables of document 002. */
export class Ledger {
  readonly #pool: pg.Pool

  constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
    this.#pool.on('error', (error) => console.warn(`The ledger lost its database connection: ${error.message}`))
  }

  /** @throws the database's error */
  async book(
    account: Account,
    closed: Trade[],
    prices: Record<string, number>,
    lastPrices: Record<string, number>,
  ): Promise<void> {
    const price = prices[asset] ?? 0
    const held = [...account.positions].reduce((sum, { side, notional, price }) => sum + (side * notional) / price, 0)
    for (const { side, notional, price, expectedMove, profit, reason } of closed)
      await this.#pool.query(
        `insert into trades (trade_type, amount_btc, price_usd, total_usd, agent_decision_reason, executed_by,
           predicted_profit_usd, actual_profit_usd) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          side === 1 ? 'BUY' : 'SELL',
          notional / price,
          price,
          notional,
          reason,
          'intelligent-execution-agent',
          side * notional * expectedMove,
          profit,
        ],
      )
    await this.#pool.query(
      `insert into portfolio (id, btc_balance, usd_balance, last_updated) values (1, $1, $2, now())
       on conflict (id) do update set btc_balance = $1, usd_balance = $2, last_updated = now()`,
      [held, account.usd],
    )
    await this.#pool.query(
      'insert into portfolio_history (btc_balance, usd_balance, btc_price_usd, total_value_usd) values ($1, $2, $3, $4)',
      [held, account.usd, price, account.value(prices)],
    )
    // Nobody else trades at the simulated exchange. Before its second day, the price of a day ago is unknown.
    await this.#pool.query(
      `insert into market_data (price_usd, volume_24h, price_change_24h, fear_greed_index) values ($1::float8,
         (select coalesce(sum(total_usd), 0) from trades where timestamp > now() - interval '24 hours'),
         (select 100 * ($1::float8 / price_usd::float8 - 1) from market_data
          where timestamp between now() - interval '25 hours' and now() - interval '24 hours' and price_usd > 0
          order by timestamp desc limit 1), $2)`,
      [price, greed(prices, lastPrices)],
    )
  }
}

/** Share of symbols that rose, 0–100. */
function greed(prices: Record<string, number>, lastPrices: Record<string, number>): number {
  const symbols = Object.keys(prices)
  const rose = symbols.filter((symbol) => prices[symbol]! >= (lastPrices[symbol] ?? Number.POSITIVE_INFINITY))
  return Math.round((100 * rose.length) / Math.max(1, symbols.length))
}
