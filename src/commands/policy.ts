import { readIdentityInForce } from '../reading/identity.ts'
import { readPolicyFields, readPolicyHistory } from '../reading/policy.ts'
import { formatIdentity } from '../terminal/format-identity.ts'
import { formatPolicy, formatPolicyHistory } from '../terminal/format-policy.ts'
import { print } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { everything, filterList } from './filters.ts'
import { withClient } from './with-client.ts'

export async function policy({
  history,
  json,
  ...filters
}: FilterOptions & { history?: boolean; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    if (history) {
      const { items } = await readPolicyHistory(client, everything)
      print(filterList(items, filters, { at: ({ changedAt }) => changedAt }), formatPolicyHistory, json)
    } else {
      const identity = await readIdentityInForce(client)
      print(await readPolicyFields(client), (fields) => `${formatPolicy(fields)}\n${formatIdentity(identity)}`, json)
    }
  })
}
