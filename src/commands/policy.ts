import { withDatabase } from '../client/with-database.ts'
import { readIdentityInForce } from '../reading/identity.ts'
import { readPolicyFields, readPolicyHistory } from '../reading/policy.ts'
import { formatIdentity } from '../terminal/format-identity.ts'
import { formatPolicy, formatPolicyHistory } from '../terminal/format-policy.ts'
import { print, printList } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, readFilteredPage } from './filters.ts'

export async function showPolicy({
  history,
  json,
  ...filters
}: FilterOptions & { history?: boolean; json?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    if (history) {
      const read = (limit: number) => readPolicyHistory(client, { limit })
      const found = await readFilteredPage(read, filters, { at: ({ changedAt }) => changedAt })
      printList(found, formatPolicyHistory, { json, isFiltered: hasFilter(filters) })
    } else {
      const identity = await readIdentityInForce(client)
      print(await readPolicyFields(client), (fields) => `${formatPolicy(fields)}\n${formatIdentity(identity)}`, json)
    }
  })
}
