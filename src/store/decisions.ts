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

/**
 * The newest decisions of every agent (or those named), each agent's newest first: the parts used for metrics (C1); in one query, with a row
 * for each agent.
 */
export async function listNewestDecisionsByAgent(db: Database, agentIds?: string[], limit = 50): Promise<DecisionReading[]> {
  const chosen = agentIds === undefined ? sql`` : sql`and agent.agent_id = any(${agentIds}::text[])`
  const { rows } = await sql<{ agentId: string; decisions: Omit<DecisionReading, 'agentId'>[] }>`
    select agent.agent_id, decisions from agents agent
    cross join lateral (
      select json_agg(newest) as decisions from (
        select round(date_part('epoch', timestamp) * 1000) as at, type,
          reasoning -> 'confidence' as confidence, reasoning -> 'riskAssessment' as "riskAssessment",
          ${numberOfAlternatives} as alternatives, outcome -> 'success' as success, outcome -> 'actualResult' as "actualResult",
          agent_state -> 'autonomyLevel' as autonomy, agent_state -> 'performanceScore' as "performanceScore",
          agent_state -> 'learningRate' as "learningRate", feedback -> 'learningAdjustments' as "learningAdjustments"
        from agent_decisions where agent = agent.agent_id and ${hasUsableTime} order by timestamp desc limit ${sql.lit(limit)}
      ) newest
    ) list
    where decisions is not null ${chosen}`.execute(db)
  return rows.flatMap(({ agentId, decisions }) => decisions.map((decision) => ({ agentId, ...decision })))
}
