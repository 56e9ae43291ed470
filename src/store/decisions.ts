import { sql } from 'kysely'
import type { DecisionReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { hasUsableTime, toEpochMs } from './usable.ts'

/** The length of a list, a number as it is, and the name of the type of anything else, which is unusable. */
const numberOfAlternatives = sql<unknown>`case jsonb_typeof(reasoning -> 'alternatives')
  when 'array' then to_jsonb(jsonb_array_length(reasoning -> 'alternatives'))
  when 'number' then reasoning -> 'alternatives'
  else to_jsonb(nullif(jsonb_typeof(reasoning -> 'alternatives'), 'null'))
end`

type Parts = [
  at: number,
  type: string,
  confidence: unknown,
  riskAssessment: unknown,
  alternatives: unknown,
  success: unknown,
  actualResult: unknown,
  autonomy: unknown,
  performanceScore: unknown,
  learningRate: unknown,
  learningAdjustments: unknown,
]

/** An array: PostgreSQL would take a fifth longer to name the parts in every decision. */
const selectParts = sql<Parts>`json_build_array(
  ${toEpochMs('timestamp')}, type, reasoning -> 'confidence', reasoning -> 'riskAssessment', ${numberOfAlternatives},
  outcome -> 'success', outcome -> 'actualResult', agent_state -> 'autonomyLevel', agent_state -> 'performanceScore',
  agent_state -> 'learningRate', feedback -> 'learningAdjustments')`

const toReading = (agentId: string, parts: Parts): DecisionReading => ({
  agentId,
  at: parts[0],
  type: parts[1],
  confidence: parts[2],
  riskAssessment: parts[3],
  alternatives: parts[4],
  success: parts[5],
  actualResult: parts[6],
  autonomy: parts[7],
  performanceScore: parts[8],
  learningRate: parts[9],
  learningAdjustments: parts[10],
})

/**
 * The newest decisions of every agent (or those named), each agent's newest first: the parts used for metrics (C1); in one query, with a row
 * for each agent.
 */
export async function listNewestDecisionsByAgent(db: Database, agentIds?: string[], limit = 50): Promise<DecisionReading[]> {
  const chosen = agentIds === undefined ? sql`` : sql`and agent.agent_id = any(${agentIds}::text[])`
  const { rows } = await sql<{ agentId: string; decisions: Parts[] }>`
    select agent.agent_id, decisions from agents agent
    cross join lateral (
      select json_agg(${selectParts}) as decisions from (
        select timestamp, type, reasoning, outcome, agent_state, feedback
        from agent_decisions where agent = agent.agent_id and ${hasUsableTime} order by timestamp desc limit ${sql.lit(limit)}
      ) newest
    ) list
    where decisions is not null ${chosen}`.execute(db)
  return rows.flatMap(({ agentId, decisions }) => decisions.map((each) => toReading(agentId, each)))
}
