import { explain as readExplanation } from '../reading/explain.ts'
import { formatExplanation } from '../terminal/format-explanation.ts'
import { print } from '../terminal/print.ts'
import { watch } from '../terminal/watch.ts'
import { withClient } from './with-client.ts'

export async function showExplanation(
  id: string,
  { json, watch: isWatching }: { json?: boolean; watch?: boolean },
): Promise<void> {
  await withClient(async (client) => {
    if (isWatching) return await watch(async () => formatExplanation(await readExplanation(client, id)))
    print(await readExplanation(client, id), formatExplanation, json)
  })
}
