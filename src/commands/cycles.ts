import { withDatabase } from '../client/with-database.ts'
import { readCycles } from '../reading/cycles.ts'
import { formatCycles } from '../terminal/format-cycles.ts'
import { printList } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, readFilteredPage } from './filters.ts'

const usual = 20

export async function showCycles({ json, ...filters }: FilterOptions & { json?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    const found = await readFilteredPage((limit) => readCycles(client, limit), filters, {
      at: ({ startedAt }) => startedAt,
      components: ({ target }) => [target],
      usual,
    })
    printList(found, formatCycles, { json, isFiltered: hasFilter(filters) })
  })
}
