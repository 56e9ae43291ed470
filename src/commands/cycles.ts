import { withDatabase } from '../client/with-database.ts'
import { readCycles } from '../reading/cycles.ts'
import { formatCycles } from '../terminal/format-cycles.ts'
import { printList } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { everything, filterList, hasFilter } from './filters.ts'

const usual = 20

export async function cycles({ json, ...filters }: FilterOptions & { json?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    const isFiltered = hasFilter(filters)
    const page = await readCycles(client, isFiltered ? everything : (filters.limit ?? usual))
    const found = isFiltered
      ? filterList(page.items, filters, { at: ({ startedAt }) => startedAt, components: ({ target }) => [target], usual })
      : page
    printList(found, formatCycles, { json, isFiltered })
  })
}
