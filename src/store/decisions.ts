import { sql } from 'kysely'
import type { DecisionReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { hasUsableTime } from './usable.ts'

/** The length of a list, a number as it is, and the name of the type of anything else, which is unusable. */
const numberOfAlternatives = sql<unknown>`case jsonb_typeof(reasoning -> 'alternatives')
  when 'array' then to_jsonb(jsonb_array_length(reasoning -> 'alternatives'))
  when 'number' then reasoning -> 'alternatives'
  else to_jsonb(nullif(jsonb_typeof(reasoning -> 'alternatives'), 'null'))
end`

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
            'type',
            sql<unknown>`reasoning -> 'confidence'`.as('confidence'),
            sql<unknown>`reasoning -> 'riskAssessment'`.as('riskAssessment'),
            numberOfAlternatives.as('alternatives'),
            sql<unknown>`outcome -> 'success'`.as('success'),
            sql<unknown>`outcome -> 'actualResult'`.as('actualResult'),
            sql<unknown>`agent_state -> 'autonomyLevel'`.as('autonomy'),
            sql<unknown>`agent_state -> 'performanceScore'`.as('performanceScore'),
            sql<unknown>`agent_state -> 'learningRate'`.as('learningRate'),
            sql<unknown>`feedback -> 'learningAdjustments'`.as('learningAdjustments'),
          ])
          .as('decision'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .select('agent.agentId')
    .selectAll('decision')
    .execute()
  return rows.map(({ timestamp, ...row }) => ({ ...row, at: timestamp.getTime() }))
}
