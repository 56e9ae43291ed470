import { readPolicyFields, readPolicyHistory } from '../reading/policy.ts'
import { formatPolicy, formatPolicyHistory } from '../terminal/format-policy.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function policy({ history, limit, json }: { history?: boolean; limit?: number; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    if (history) print(await readPolicyHistory(client, limit), formatPolicyHistory, json)
    else print(await readPolicyFields(client), formatPolicy, json)
  })
}
