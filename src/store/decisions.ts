import { sql } from 'kysely'
import type { DecisionReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { hasUsableTime } from './usable.ts'

/** The newest decisions of every agent (or those named), each agent's newest first: the parts used for metrics (C1). */
export async function listNewestDecisionsByAgent(db: Database, agentIds?: string[], limit = 50): Promise<DecisionReading[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('agentDecisions')
          .whereRef('agent', '=', 'agent.agentId')
          .where(hasUsableTime)
          .orderBy('timestamp', 'desc')
          .limit(limit)
          .select([
            'timestamp',
            sql<unknown>`reasoning -> 'confidence'`.as('confidence'),
            sql<unknown>`outcome -> 'success'`.as('success'),
            sql<unknown>`agent_state -> 'autonomyLevel'`.as('autonomy'),
            sql<unknown>`agent_state -> 'performanceScore'`.as('performanceScore'),
            sql<unknown>`feedback -> 'learningAdjustments'`.as('learningAdjustments'),
          ])
          .as('decision'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .select(['agent.agentId', 'timestamp', 'confidence', 'success', 'autonomy', 'performanceScore', 'learningAdjustments'])
    .execute()
  return rows.map(({ timestamp, ...row }) => ({ ...row, at: timestamp.getTime() }))
}
