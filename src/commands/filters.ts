import { parseSince } from '../model/since.ts'
import { concernsAgent } from '../reading/about-agent.ts'
import type { Page } from '../reading/list-extent.ts'
import type { FilterOptions } from './filter-options.ts'

/** @throws OptimizerError `invalid-date` */
export const parseSinceOption = ({ since }: Pick<FilterOptions, 'since'>): Date | undefined =>
  since === undefined ? undefined : parseSince(since)

/** Whether entries are left out because they do not match. */
export const hasFilter = ({ agent, since }: FilterOptions): boolean => agent !== undefined || since !== undefined

/** A limit larger than any list that is filtered here. */
export const maxFilteredEntries = 100_000
/** The default number of entries shown. */
const usualLimit = 100

interface Filtering<T> {
  at: (item: T) => Date
  components?: (item: T) => (string | null)[]
  usual?: number
}

/** Reads only as many entries as are shown, or all of them if a filter leaves some out. */
export async function readFilteredPage<T>(
  read: (limit: number) => Promise<Page<T>>,
  filters: FilterOptions,
  filtering: Filtering<T>,
): Promise<Page<T>> {
  if (!hasFilter(filters)) return await read(filters.limit ?? filtering.usual ?? usualLimit)
  return filterList((await read(maxFilteredEntries)).items, filters, filtering)
}

/** The entries that match, the first `limit` of them, and how many match. */
export function filterList<T>(
  items: readonly T[],
  { agent, limit, ...options }: FilterOptions,
  { at, components = () => [], usual = usualLimit }: Filtering<T>,
): Page<T> {
  const since = parseSinceOption(options)
  const matching = items.filter((item) => (!since || at(item) >= since) && (!agent || concernsAgent(components(item), agent)))
  return { items: matching.slice(0, limit ?? usual), total: matching.length }
}
