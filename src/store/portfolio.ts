import { sql } from 'kysely'
import type { MarketReading, PortfolioReading, TradeReading, UnsettledTrade } from '../model/readings.ts'
import type { Database } from './database.ts'
import { hasUsableTime } from './usable.ts'

/** The value of the portfolio: the last recorded one, or the balances at the last price if those are newer (C2). */
export async function findLatestPortfolio(db: Database): Promise<PortfolioReading | null> {
  const { rows } = await sql<PortfolioReading>`
    select extract(epoch from at)::float8 * 1000 as at, total_value_usd, btc_value_usd
    from (
      (select timestamp as at, total_value_usd, btc_balance * btc_price_usd as btc_value_usd
       from portfolio_history where ${hasUsableTime} order by timestamp desc limit 1)
      union all
      (select last_updated, usd_balance + btc_balance * price_usd, btc_balance * price_usd
       from portfolio
       cross join (select price_usd from market_data where ${hasUsableTime} order by timestamp desc limit 1) market
       where last_updated between '1970-01-01' and now() + interval '1 hour')
    ) known
    order by at desc limit 1`.execute(db)
  return rows[0] ?? null
}

/** The numbers of trades since a time, by who executed them. */
export async function loadTradeCounts(db: Database, since: Date): Promise<TradeReading[]> {
  const rows = await db
    .selectFrom('trades')
    .where('timestamp', '>=', since)
    .where(hasUsableTime)
    .groupBy('executedBy')
    .select(({ fn }) => {
      const count = (condition: string) => fn.countAll<number>().filterWhere(sql<boolean>`${sql.raw(condition)}`)
      return [
        'executedBy',
        fn.max('timestamp').as('newest'),
        fn.countAll<number>().as('all'),
        count('actual_profit_usd is not null').as('closed'),
        count('actual_profit_usd > 0').as('profitable'),
        count('actual_profit_usd is not null and predicted_profit_usd is not null').as('predicted'),
        count('(predicted_profit_usd > 0) = (actual_profit_usd > 0)').as('foreseen'),
        count(`trade_type = 'SELL' and actual_profit_usd is null`).as('unsettled'),
      ]
    })
    .execute()
  return rows.map(({ newest, ...row }) => ({ ...row, at: newest.getTime() }))
}

/**
 * The newest trades of those who sold something since a time and record no results, with what their decisions before the sales stated; oldest
 * first. `executed_by` may name an agent as people do.
 */
export async function listUnsettledTrades(db: Database, since: Date, limit = 10_000): Promise<UnsettledTrade[]> {
  const { rows } = await sql<UnsettledTrade>`
    with sellers as (
      select coalesce(executed_by, '') as name, regexp_replace(lower(executed_by), '[^a-z0-9]+', '-', 'g') as slug from trades
      where timestamp >= ${since}::timestamptz - interval '90 days' and ${hasUsableTime}
      group by executed_by
      having bool_and(actual_profit_usd is null) and bool_or(trade_type = 'SELL' and timestamp >= ${since})
    ), newest as (
      select trades.*, slug from trades join sellers on coalesce(executed_by, '') = name
      where ${hasUsableTime} and amount_btc > 0 order by timestamp desc, id desc limit ${limit}
    )
    select executed_by, date_part('epoch', newest.timestamp) * 1000 as at, trade_type as type, amount_btc as amount, price_usd,
      predicted_profit_usd, decided.success as decided_success
    from newest
    left join lateral (
      select case when jsonb_typeof(outcome -> 'success') = 'boolean' then (outcome -> 'success')::boolean end as success
      from agent_decisions
      where agent in (executed_by, slug, regexp_replace(slug, '-agent$', ''))
        and agent_decisions.timestamp between newest.timestamp - interval '10 minutes' and newest.timestamp
      order by agent_decisions.timestamp desc limit 1
    ) decided on trade_type = 'SELL' and newest.timestamp >= ${since}
    order by newest.timestamp, id`.execute(db)
  return rows
}

/** The newest market data, newest first. */
export async function listLatestMarketData(db: Database, limit = 100): Promise<MarketReading[]> {
  const rows = await db
    .selectFrom('marketData')
    .where(hasUsableTime)
    .orderBy('timestamp', 'desc')
    .limit(limit)
    .select(['timestamp', 'priceUsd', 'volume24h', 'priceChange24h', 'fearGreedIndex'])
    .execute()
  return rows.map(({ timestamp, ...row }) => ({ ...row, at: timestamp.getTime() }))
}
