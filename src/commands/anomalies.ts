import { dismissAnomaly } from '../client/anomalies.ts'
import { readAnomalies } from '../reading/anomalies.ts'
import { formatAnomalies } from '../terminal/format-anomalies.ts'
import { print } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function list({ all, limit, json }: { all?: boolean; limit?: number; json?: boolean }): Promise<void> {
  await withClient(async (client) => print((await readAnomalies(client, limit, all)).items, formatAnomalies, json))
}

export async function dismiss(id: number, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await dismissAnomaly(client, id, { by: currentUser(), reason })
    console.log(`Anomaly ${id} is dismissed; such ones are noticed only if they are stronger.`)
  })
}
