/** The resource shortages that open alerts are about. */
import { sql } from 'kysely'
import { formatShortageName, resourceMetrics } from '../model/alert-signals.ts'
import { MAX_CONSTRAINTS } from '../model/cycle.ts'
import type { Database } from './database.ts'

export interface RecordedShortages {
  /** Those of hosts and other shared components, the newest as far as they are remembered. */
  constraints: string[]
  /** Whether it is because of a shortage, not of a person, that consumption is reduced. */
  isConstrained: boolean
}

/** The shortages of the whole fleet, from which a new optimizer workflow continues. */
export async function loadShortages(db: Database): Promise<RecordedShortages> {
  const [alerts, change] = await Promise.all([
    selectShortages(db).where(agentOfSubject, 'is', null).limit(MAX_CONSTRAINTS).execute(),
    db
      .selectFrom('policyChanges')
      .where('field', '=', 'resourceMode')
      .orderBy('id', 'desc')
      .limit(1)
      .select(['newValue', 'changedBy', 'changedAt'])
      .executeTakeFirst(),
  ])
  const byOptimizer = change !== undefined && change.newValue === 'reduce' && change.changedBy === 'optimizer'
  return {
    constraints: alerts.map(describe),
    isConstrained: byOptimizer && !(await wasConfirmed(db, change.changedAt)),
  }
}

/** The resources of agents that are short, by agent, such as "cpuPercent of hunter/hunter-1". */
export async function loadShortagesByAgent(db: Database): Promise<Record<string, string[]>> {
  const alerts = await selectShortages(db).where(agentOfSubject, 'is not', null).select(agentOfSubject.as('agentId')).execute()
  const byAgent = Map.groupBy(alerts, ({ agentId }) => agentId!)
  return Object.fromEntries([...byAgent].map(([agentId, ofAgent]) => [agentId, ofAgent.map(describe)]))
}

const selectShortages = (db: Database) =>
  db
    .selectFrom('alerts')
    .where('resolvedAt', 'is', null)
    .where('cause', '<>', 'anomaly')
    .where('metric', 'in', [...resourceMetrics])
    .where('subject', 'is not', null)
    .orderBy('raisedAt', 'desc')
    .select(['metric', 'subject'])

/** The agent that an alert's subject is, or belongs to. */
const agentOfSubject = sql<string | null>`coalesce((select agent_id from agents where agent_id = alerts.subject),
  (select agent_id from components where component = alerts.subject))`

const describe = ({ metric, subject }: { metric: string | null; subject: string | null }) => formatShortageName(metric!, subject!)

/** Whether a person asked for the same afterwards: then it outlasts the shortage. */
async function wasConfirmed(db: Database, since: Date): Promise<boolean> {
  const request = await db
    .selectFrom('auditEntries')
    .where('action', '=', 'request.without-effect')
    .where('at', '>', since)
    .where(sql<boolean>`detail ->> 'asked' = 'reduceResourceConsumption'`)
    .select('id')
    .limit(1)
    .executeTakeFirst()
  return request !== undefined
}
