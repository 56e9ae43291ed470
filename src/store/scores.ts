import { sql } from 'kysely'
import type { Score } from '../messaging/protocol.ts'
import type { Database } from './database.ts'

/** Scores of executions that are older come too late. */
export const maxScoreDelayMs = 7 * 86_400_000

/**
 * Adds scores to the executions of an agent. A score that is sent again changes nothing; one that contradicts an earlier one is
 * refused, as is one of an unknown execution or of one that finished more than a week ago.
 * @param now milliseconds since the epoch
 */
export async function recordScores(
  db: Database,
  agentId: string,
  scores: readonly { index: number; entry: Score }[],
  now: number,
): Promise<{ index: number; reason: string }[]> {
  if (scores.length === 0) return []
  const ids = [...new Set(scores.map(({ entry }) => entry.executionId))]
  const rows = await db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .where('id', 'in', ids)
    .where('timestamp', '>=', new Date(now - maxScoreDelayMs))
    .forUpdate()
    .select(['id', 'metrics'])
    .execute()
  const known = new Map(rows.map(({ id, metrics }) => [id, { ...metrics }]))
  const added = new Map<string, Set<string>>()
  const refused: { index: number; reason: string }[] = []
  for (const { index, entry } of scores) {
    const metrics = known.get(entry.executionId)
    const contradicted = metrics && Object.entries(entry.metrics).find(([name, value]) => (metrics[name] ?? value) !== value)
    if (!metrics) {
      const reason = `executionId: ${agentId} reported no such execution within the last week; report the execution first`
      refused.push({ index, reason })
    } else if (contradicted) {
      const [name, value] = contradicted
      refused.push({ index, reason: `metrics.${name}: the execution already has ${metrics[name]}, not ${value}` })
    } else {
      const names = Object.keys(entry.metrics).filter((name) => metrics[name] === undefined)
      if (names.length === 0) continue
      Object.assign(metrics, entry.metrics)
      added.set(entry.executionId, new Set([...(added.get(entry.executionId) ?? []), ...names]))
    }
  }
  if (added.size > 0) {
    const updates = [...added].map(([id, names]) => ({ id, metrics: known.get(id)!, names: [...names] }))
    await sql`
      update agent_executions execution set metrics = score.metrics, scored_at = ${new Date(now)},
        scored_metrics = execution.scored_metrics || score.names
      from jsonb_to_recordset(${JSON.stringify(updates)}::jsonb) score(id uuid, metrics jsonb, names text[])
      where execution.agent_name = ${agentId} and execution.id = score.id
        and execution.timestamp >= ${new Date(now - maxScoreDelayMs)}`.execute(db)
  }
  return refused
}
