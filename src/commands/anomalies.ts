import { dismissAnomaly } from '../client/anomalies.ts'
import { withDatabase } from '../client/with-database.ts'
import { readAnomalies } from '../reading/anomalies.ts'
import { readAnomalyCoverage } from '../reading/anomaly-coverage.ts'
import { formatAnomalies } from '../terminal/format-anomalies.ts'
import { printItems, printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import type { FilterOptions } from './filter-options.ts'
import { filterList, maxFilteredEntries } from './filters.ts'
import { withClient } from './with-client.ts'

export async function showAnomalies({ all, json, ...filters }: FilterOptions & { all?: boolean; json?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    const anomalies = await readAnomalies(client, { limit: maxFilteredEntries, isOpen: !all })
    const found = filterList(anomalies.items, filters, {
      at: ({ since }) => since,
      components: ({ component }) => [component],
    })
    const coverage = await readAnomalyCoverage(client)
    printItems(found, (page) => formatAnomalies(page, coverage), { noun: 'anomaly', json })
  })
}

export async function runDismissAnomaly(id: number, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await dismissAnomaly(client, id, { by: getCurrentUser(), reason })
    printMessage(`Anomaly ${id} is dismissed; similar ones must be stronger to be reported.`)
  })
}
