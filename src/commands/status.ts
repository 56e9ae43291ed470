import { readStatus } from '../reading/status.ts'
import { formatStatus } from '../terminal/format-status.ts'
import { print } from '../terminal/print.ts'
import { watch } from '../terminal/watch.ts'
import { withReader } from './with-client.ts'

interface StatusOptions {
  agent?: string
  json?: boolean
  watch?: boolean
}

export async function showStatus({ agent, json, watch: isWatching }: StatusOptions): Promise<void> {
  await withReader(async (client) => {
    const read = () => readStatus(client, agent)
    if (isWatching) return await watch(async () => formatStatus(await read()))
    print(await read(), formatStatus, json)
  })
}
