import { withDatabase } from '../client/with-database.ts'
import { readFleet } from '../reading/fleet.ts'
import { formatAgents } from '../terminal/format-agents.ts'
import { printList } from '../terminal/print.ts'

export async function showAgents({ kind, limit, json }: { kind?: string; limit?: number; json?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    const { agents, metrics } = await readFleet(client)
    const matching = agents.filter((agent) => kind === undefined || agent.kind === kind)
    const page = { agents: matching.slice(0, limit), metrics, total: matching.length }
    printList(page, formatAgents, { json, isFiltered: kind !== undefined })
  })
}
