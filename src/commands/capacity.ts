import { withDatabase } from '../client/with-database.ts'
import { concernsAgent } from '../reading/about-agent.ts'
import { readCapacity, readRecommendations } from '../reading/capacity.ts'
import { formatCapacity, formatRecommendations } from '../terminal/format-capacity.ts'
import { print } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'

type Options = Pick<FilterOptions, 'agent' | 'limit'> & { json?: boolean }

export async function showCapacity({ json, ...filters }: Options): Promise<void> {
  await withDatabase(async (client) => print(select(await readCapacity(client), filters), formatCapacity, json))
}

export async function showRecommendations({ json, ...filters }: Options): Promise<void> {
  await withDatabase(async (client) => print(select(await readRecommendations(client), filters), formatRecommendations, json))
}

/** The first entries about an agent. */
const select = <T extends { subject: string | null }>(items: readonly T[], { agent, limit }: Options): T[] =>
  items.filter(({ subject }) => agent === undefined || concernsAgent([subject], agent)).slice(0, limit)
