/** The external database that provides the market, and the one that provides the portfolio: rows of several would become one series. */
import { sql } from 'kysely'
import type { MarketSubject } from '../model/import-mapping.ts'
import type { Database } from './database.ts'

/**
 * Makes a database the source of the market or the portfolio, unless another one is.
 * @param candidates names of all databases that may provide it; another one loses it to this one
 * @returns the name of the database that provides it
 */
export async function claimMarketSource(
  db: Database,
  subject: MarketSubject,
  database: string,
  candidates: readonly string[],
): Promise<string> {
  const { rows } = await sql<{ database: string }>`
    insert into market_sources as source values (${subject}, ${database})
    on conflict (subject) do update
      set database = case when source.database = any(${[...candidates]}) then source.database else excluded.database end
    returning database`.execute(db)
  return rows[0]!.database
}
