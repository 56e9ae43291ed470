import { sql } from 'kysely'
import type { PortfolioReading, TradeReading } from '../model/readings.ts'
import type { Database } from './database.ts'

/** The value of the portfolio: the last recorded one, or the balances at the last price if those are newer (C2). */
export async function findLatestPortfolio(db: Database): Promise<PortfolioReading | null> {
  const { rows } = await sql<PortfolioReading>`
    select total_value_usd, btc_value_usd
    from (
      (select timestamp as at, total_value_usd, btc_balance * btc_price_usd as btc_value_usd
       from portfolio_history order by timestamp desc limit 1)
      union all
      (select last_updated, usd_balance + btc_balance * price_usd, btc_balance * price_usd
       from portfolio cross join (select price_usd from market_data order by timestamp desc limit 1) market)
    ) known
    order by at desc limit 1`.execute(db)
  return rows[0] ?? null
}

/** Counts the trades since a time. */
export async function countTrades(db: Database, since: Date): Promise<TradeReading> {
  return await db
    .selectFrom('trades')
    .where('timestamp', '>=', since)
    .select(({ fn }) => {
      const count = (condition: string) => fn.countAll<number>().filterWhere(sql<boolean>`${sql.raw(condition)}`)
      return [
        fn.countAll<number>().as('all'),
        count('actual_profit_usd is not null').as('closed'),
        count('actual_profit_usd > 0').as('profitable'),
        count('actual_profit_usd is not null and predicted_profit_usd is not null').as('predicted'),
        count('(predicted_profit_usd > 0) = (actual_profit_usd > 0)').as('foreseen'),
      ]
    })
    .executeTakeFirstOrThrow()
}

/** The newest market prices, USD, newest first. */
export async function listLatestPrices(db: Database, limit = 100): Promise<number[]> {
  const rows = await db.selectFrom('marketData').orderBy('timestamp', 'desc').limit(limit).select('priceUsd').execute()
  return rows.map((row) => row.priceUsd)
}
