import { explain as readExplanation } from '../reading/explain.ts'
import { formatExplanation } from '../terminal/format-explanation.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function showExplanation(id: string, { json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readExplanation(client, id), formatExplanation, json))
}
