import { readStatus } from '../reading/status.ts'
import { formatStatus } from '../terminal/format-status.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function status({ json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readStatus(client), formatStatus, json))
}
