import { withDatabase } from '../client/with-database.ts'
import { readConfigurations } from '../reading/configurations.ts'
import { formatVersions } from '../terminal/format-versions.ts'
import { printList, printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, readFilteredPage } from './filters.ts'
import { parseVersionOrTime } from './parse-version-or-time.ts'
import { reportRestore } from './report-restore.ts'
import { withClient } from './with-client.ts'

export async function restoreAgent(
  agentId: string,
  { to: point, reason, json, ...filters }: FilterOptions & { to?: string; reason?: string; json?: boolean },
): Promise<void> {
  if (point === undefined)
    return await withDatabase(async (client) => {
      const read = (limit: number) => readConfigurations(client, agentId, limit)
      const found = await readFilteredPage(read, filters, { at: ({ since }) => since })
      printList(found, formatVersions, { json, isFiltered: hasFilter(filters) })
    })
  const to = parseVersionOrTime(point)
  await withClient(async (client) => {
    const { workflowId, result } = await client.restore({ agentId, to, by: getCurrentUser(), reason })
    printMessage(`${workflowId} is restoring ${agentId} to ${typeof to === 'number' ? `version ${to}` : to}.`)
    await reportRestore(result)
  })
}
