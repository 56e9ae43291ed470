import { readConfigurations } from '../reading/configurations.ts'
import { formatVersions } from '../terminal/format-versions.ts'
import { print } from '../terminal/print.ts'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { parsePoint } from './parse-point.ts'
import { withClient } from './with-client.ts'

export async function restoreAgent(
  agentId: string,
  { to: point, limit, json }: { to?: string; limit?: number; json?: boolean },
): Promise<void> {
  const to = point === undefined ? undefined : parsePoint(point)
  await withClient(async (client) => {
    if (to === undefined) return print(await readConfigurations(client, agentId, limit), formatVersions, json)
    const { workflowId, result } = await client.restore({ agentId, to, by: currentUser() })
    console.log(`${workflowId} restores ${agentId} to ${typeof to === 'number' ? `version ${to}` : to}.`)
    await printRestoreResult(result)
  })
}
