import { explain as readExplanation } from '../reading/explain.ts'
import { resolveAgentOrTrialId } from '../reading/short-ids.ts'
import { formatExplanation } from '../terminal/format-explanation.ts'
import { print } from '../terminal/print.ts'
import { watch } from '../terminal/watch.ts'
import { withReader } from './with-client.ts'

export async function showExplanation(
  id: string,
  { json, watch: isWatching }: { json?: boolean; watch?: boolean },
): Promise<void> {
  await withReader(async (client) => {
    const subject = await resolveAgentOrTrialId(client, id)
    if (isWatching) return await watch(async () => formatExplanation(await readExplanation(client, subject)))
    print(await readExplanation(client, subject), formatExplanation, json)
  })
}
