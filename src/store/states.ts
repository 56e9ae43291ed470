import { longestMs } from '../model/quantity.ts'
import type { SelfReportReading, StateReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { hasUsableTime, usableRatio } from './usable.ts'

/** Any part of a state may be missing from a report; this many of the newest reports are likely to contain each part. */
const reportsPerAgent = 50

/** Records the autonomy that the strategic orchestrator gave an agent; it takes precedence over the agent's own report (C3). */
export async function recordAutonomy(db: Database, agentId: string, autonomy: number): Promise<void> {
  await db.insertInto('agentState').values({ agentId, autonomy }).execute()
}

/** The latest states reported by the agents (or those named) and by the orchestrator, each agent's newest first (C3). */
export async function listLatestStates(db: Database, agentIds?: string[]): Promise<StateReading[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) => {
        const reports = (by: 'is' | 'is not') =>
          eb
            .selectFrom('agentState')
            .whereRef('agentState.agentId', '=', 'agent.agentId')
            .where('instanceId', by, null)
            .where(hasUsableTime)
            .orderBy('timestamp', 'desc')
            .limit(reportsPerAgent)
            .selectAll()
        return eb
          .selectFrom(reports('is').as('given'))
          .selectAll()
          .unionAll(eb.selectFrom(reports('is not').as('own')).selectAll())
          .as('state')
      },
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .orderBy('timestamp', 'desc')
    .selectAll('state')
    .execute()
  return rows.map(({ instanceId, timestamp, lastExecutionAt, ...row }) => ({
    ...row,
    at: timestamp.getTime(),
    by: instanceId === null ? 'orchestrator' : 'agent',
    reputation: usableRatio(row.reputation),
    autonomy: usableRatio(row.autonomy),
    goalPrimary: usableRatio(row.goalPrimary),
    goalSecondary: usableRatio(row.goalSecondary),
    goalTactical: usableRatio(row.goalTactical),
    goalOverall: usableRatio(row.goalOverall),
    // PostgreSQL also has the date `infinity`, which is read as a number.
    lastExecutionAt: lastExecutionAt instanceof Date ? lastExecutionAt.getTime() : null,
  }))
}

/** The times of operations that can be calculated with; null if there are none. */
function usableTimes(times: unknown): Record<string, number> | null {
  if (typeof times !== 'object' || times === null) return null
  const usable = Object.entries(times).filter(([, ms]) => typeof ms === 'number' && ms >= 0 && ms <= longestMs)
  return usable.length > 0 ? Object.fromEntries(usable) : null
}

/** The newest self-report of every instance that is among its agent's newest reporters (C6). */
export async function listLatestSelfReports(db: Database, agentIds?: string[]): Promise<SelfReportReading[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('agentSelfReports')
          .whereRef('agentSelfReports.agentId', '=', 'agent.agentId')
          .where(hasUsableTime)
          .orderBy('timestamp', 'desc')
          .limit(reportsPerAgent)
          .selectAll()
          .as('report'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .distinctOn(['report.agentId', 'report.instanceId'])
    .orderBy('report.agentId')
    .orderBy('report.instanceId')
    .orderBy('report.timestamp', 'desc')
    .selectAll('report')
    .execute()
  return rows.map(({ instanceId: _, timestamp, agentId, operationTimes, ...metrics }) => ({
    agentId,
    at: timestamp.getTime(),
    ...metrics,
    operationTimes: usableTimes(operationTimes),
  }))
}
