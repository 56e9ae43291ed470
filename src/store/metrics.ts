import { sql } from 'kysely'
import { OptimizerError } from '../model/errors.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import {
  createCatalogue,
  findBuiltInMetric,
  findContradiction,
  type MetricCatalogue,
  type MetricDeclaration,
} from '../model/metric.ts'
import type { Database } from './database.ts'

/** Every metric by name: built in, declared in the configuration, or declared by an agent. */
export async function loadCatalogue(db: Database, configured: readonly MetricDeclaration[]): Promise<MetricCatalogue> {
  const declared = await db.selectFrom('metrics').orderBy('name').select('declaration').execute()
  return createCatalogue([...configured, ...declared.map(({ declaration }) => declaration)])
}

/**
 * Records the metrics that an instance declares. A name means one thing in the whole fleet: a declaration that contradicts a built-in
 * metric, the configuration, or one that another live instance declares is refused.
 * @throws OptimizerError `contradictory-metric`
 */
export async function declareMetrics(
  db: Database,
  { agentId, instanceId, metrics }: { agentId: string; instanceId: string; metrics: readonly MetricDeclaration[] },
  configured: readonly MetricDeclaration[],
  now: number,
): Promise<void> {
  if (metrics.length === 0) return
  // Two agents that declare one name at the same time take turns.
  await sql`select pg_advisory_xact_lock(hashtext('optimizer metrics'))`.execute(db)
  const names = metrics.map(({ name }) => name)
  const known = await db.selectFrom('metrics').where('name', 'in', names).select(['name', 'declaration', 'agentId']).execute()
  const alive = await db
    .selectFrom('agentInstances')
    .where('heartbeatAt', '>=', new Date(now - livenessTimeoutMs))
    .where('metrics', '&&', sql<string[]>`${names}::text[]`)
    .where((eb) => eb.not(eb.and([eb('agentId', '=', agentId), eb('instanceId', '=', instanceId)])))
    .select(['agentId', 'instanceId', 'metrics'])
    .execute()
  for (const metric of metrics) {
    const { name } = metric
    const repeated = metrics.find((other) => other.name === name)!
    if (repeated !== metric) refuse(name, findContradiction(metric, repeated), `${agentId} declares it twice`)
    const builtIn = findBuiltInMetric(name)
    if (builtIn) refuse(name, findContradiction(metric, builtIn), 'it is built in')
    const setting = configured.find((other) => other.name === name)
    if (setting) refuse(name, findContradiction(metric, setting), 'the configuration declares it')
    const recorded = known.find((other) => other.name === name)
    const holder = alive.find((instance) => instance.metrics.includes(name))
    if (recorded && holder)
      refuse(name, findContradiction(metric, recorded.declaration), `${holder.instanceId} of ${holder.agentId} declares it`)
  }
  await db
    .insertInto('metrics')
    .values(
      metrics.map((metric) => ({ name: metric.name, declaration: JSON.stringify(metric), agentId, declaredAt: new Date(now) })),
    )
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({
        declaration: eb.ref('excluded.declaration'),
        agentId: eb.ref('excluded.agentId'),
        declaredAt: eb.ref('excluded.declaredAt'),
      })),
    )
    .execute()
}

function refuse(name: string, contradiction: string | undefined, where: string): void {
  if (contradiction === undefined) return
  throw new OptimizerError(
    'contradictory-metric',
    `The metric ${name} means something else already (${where}): ${contradiction}; declare it alike, or under another name.`,
  )
}
