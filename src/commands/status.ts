import { readStatus } from '../reading/status.ts'
import { formatStatus } from '../terminal/format-status.ts'
import { print } from '../terminal/print.ts'
import { watch } from '../terminal/watch.ts'
import { withClient } from './with-client.ts'

export async function status({ json, watch: isWatching }: { json?: boolean; watch?: boolean }): Promise<void> {
  await withClient(async (client) => {
    if (isWatching) return await watch(async () => formatStatus(await readStatus(client)))
    print(await readStatus(client), formatStatus, json)
  })
}
