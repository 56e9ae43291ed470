import { withDatabase } from '../client/with-database.ts'
import { readCapacity, readRecommendations } from '../reading/capacity.ts'
import { formatCapacity, formatRecommendations } from '../terminal/format-capacity.ts'
import { print } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { concerns } from './filters.ts'

type Options = Pick<FilterOptions, 'agent' | 'limit'> & { json?: boolean }

export async function capacity({ json, ...filters }: Options): Promise<void> {
  await withDatabase(async (client) => print(select(await readCapacity(client), filters), formatCapacity, json))
}

export async function recommendations({ json, ...filters }: Options): Promise<void> {
  await withDatabase(async (client) => print(select(await readRecommendations(client), filters), formatRecommendations, json))
}

/** The first entries about an agent. */
const select = <T extends { subject: string | null }>(items: readonly T[], { agent, limit }: Options): T[] =>
  items.filter(({ subject }) => agent === undefined || concerns([subject], agent)).slice(0, limit)
