import { sql } from 'kysely'
import { OptimizerError } from '../model/errors.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import type { Database } from './database.ts'
import { forgetAgent } from './forgetting.ts'

const dayMs = 86_400_000
/** The actor recorded when agents are forgotten automatically. */
const retention = 'retention'

/**
 * Removes instances that were silent for longer than data is kept, while others were heard; those heard last stay, because they tell the
 * knobs of their agent, and so do those of an agent in a trial. Agents without knobs that are only known by their OpenTelemetry data are
 * forgotten instead, like by `npx optimizer forget`: whoever sends spans chooses their names, so that there may be any number of them.
 * @param deadline milliseconds since the epoch; what is left then is removed the next time
 * @returns the number of removed instances and forgotten agents
 */
export async function removeGoneInstances(db: Database, retentionDays: number, deadline: number): Promise<number> {
  const { rows } = await sql<{ heardAt: Date | null }>`select max(heartbeat_at) as heard_at from agent_instances`.execute(db)
  if (!rows[0]?.heardAt) return 0
  const before = new Date(rows[0].heardAt.getTime() - retentionDays * dayMs)
  const { numAffectedRows } = await sql`
    delete from agent_instances gone
    where heartbeat_at < ${before}
      and not exists (select from trials where trials.agent_id = gone.agent_id and trials.ended_at is null)
      and exists (
        select from agent_instances later where later.agent_id = gone.agent_id
          and later.heartbeat_at > gone.heartbeat_at + ${livenessTimeoutMs} * interval '1 millisecond'
      )`.execute(db)
  let removed = Number(numAffectedRows ?? 0)
  for (const agentId of await listGoneAgents(db, before)) {
    if (Date.now() >= deadline) break
    try {
      await forgetAgent(db, { agentId, by: retention })
      removed++
    } catch (error) {
      // It came back in the meantime, or a person put the focus on it.
      if (!(error instanceof OptimizerError)) throw error
    }
  }
  return removed
}

async function listGoneAgents(db: Database, before: Date): Promise<string[]> {
  const { rows } = await sql<{ agentId: string }>`
    select instance.agent_id from agent_instances instance
    join declarations declaration on declaration.id = instance.declaration_id
    group by instance.agent_id
    having max(heartbeat_at) < ${before} and bool_and(transport = 'otlp' and declaration.knobs = '[]')
    order by 1`.execute(db)
  return rows.map(({ agentId }) => agentId)
}
