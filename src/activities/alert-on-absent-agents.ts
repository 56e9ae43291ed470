import { goneAfterMs } from '../model/liveness.ts'
import { listAbsentAgents } from '../store/absent-agents.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/**
 * Raises an alert for each agent whose instances have all gone without announcing their shutdown, and resolves those of agents that are back, have
 * been forgotten, or whose last instance did announce it (D10).
 * @param watchedMs how long the agents could be heard: after a start of everything, they need some time to connect again
 */
export async function alertOnAbsentAgents(db: Database, watchedMs: number, now = Date.now()): Promise<void> {
  if (watchedMs < goneAfterMs) return
  const away = await listAbsentAgents(db, now)
  await replaceAlerts(
    db,
    'agent-away',
    away.map(({ agentId, since }) => ({
      component: agentId,
      severity: 'high',
      message: `${agentId} is away: no instance has been heard from since ${since.toISOString()}, and the last one did not announce its shutdown.`,
    })),
  )
}
