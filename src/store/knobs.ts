import type { Knob } from '../model/knob.ts'
import type { Database } from './database.ts'

/** The knobs of an agent, in the order it declared them. */
export async function listKnobs(db: Database, agentId: string): Promise<Knob[]> {
  const rows = await db.selectFrom('knobs').where('agentId', '=', agentId).orderBy('position').select('declaration').execute()
  return rows.map((row) => row.declaration)
}

/** The knobs of every agent, by its id. */
export async function loadKnobsByAgent(db: Database): Promise<Record<string, Knob[]>> {
  const rows = await db.selectFrom('knobs').orderBy('agentId').orderBy('position').select(['agentId', 'declaration']).execute()
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId)
  return Object.fromEntries([...byAgent].map(([agentId, knobs]) => [agentId, knobs.map(({ declaration }) => declaration)]))
}
