import { sql } from 'kysely'
import { OptimizerError } from '../model/errors.ts'
import {
  createCatalogue,
  describeContradiction,
  findBuiltInMetric,
  type Metric,
  type MetricCatalogue,
  type MetricDeclaration,
} from '../model/metric.ts'
import type { Database } from './database.ts'
import { isLive } from './instance-liveness.ts'

/** Metrics that the agents of a fleet may declare in all. */
const maxDeclared = 1_000

/**
 * Every metric by name: built in, declared in the configuration, or declared by an agent. The configuration decides, but it may have changed
 * after an agent declared something else: the metric then says how.
 */
export async function loadCatalogue(db: Database, configured: readonly MetricDeclaration[]): Promise<MetricCatalogue> {
  const declared = await db.selectFrom('metrics').orderBy('name').select(['declaration', 'agentId']).execute()
  const catalogue = createCatalogue([...configured, ...declared.map(({ declaration }) => declaration)])
  const settings = new Map(configured.map((setting) => [setting.name, setting]))
  const contradictory = declared.flatMap(({ declaration, agentId }) => {
    const setting = settings.get(declaration.name)
    const contradiction = setting && describeContradiction(setting, declaration)
    if (!contradiction) return []
    const metric: Metric = {
      ...catalogue.get(setting.name)!,
      contradiction: `the configuration and ${agentId} declare ${setting.name} differently: ${contradiction}`,
    }
    return [[metric.name, metric] as const]
  })
  return contradictory.length === 0 ? catalogue : new Map([...catalogue, ...contradictory])
}

/**
 * Records the metrics that an instance declares. A name means one thing in the whole fleet: a declaration that contradicts a built-in
 * metric, the configuration, another agent that is not forgotten, another instance of the agent that still runs, or values that the agent
 * reported lately is refused.
 * @throws OptimizerError `contradictory-metric`, `too-many-metrics`
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
  const names = [...new Set(metrics.map(({ name }) => name))]
  const known = await db.selectFrom('metrics').where('name', 'in', names).select(['name', 'declaration', 'agentId']).execute()
  const holders = await db
    .selectFrom('agentInstances')
    .where('metrics', '&&', sql<string[]>`${names}::text[]`)
    .where((eb) => eb.or([eb('agentId', '!=', agentId), eb.and([eb('instanceId', '!=', instanceId), isLive(now)])]))
    .orderBy('heartbeatAt', 'desc')
    .select(['agentId', 'instanceId', 'metrics'])
    .execute()
  for (const metric of metrics) {
    const { name } = metric
    const repeated = metrics.find((other) => other.name === name)!
    if (repeated !== metric) refuse(name, describeContradiction(metric, repeated), `${agentId} declares it twice`)
    const builtIn = findBuiltInMetric(name)
    if (builtIn) refuse(name, describeContradiction(metric, builtIn), 'it is built in')
    const setting = configured.find((other) => other.name === name)
    if (setting) refuse(name, describeContradiction(metric, setting), 'the configuration declares it')
    const recorded = known.find((other) => other.name === name)
    const holder = holders.find((instance) => instance.metrics.includes(name))
    if (recorded && holder)
      refuse(name, describeContradiction(metric, recorded.declaration), `${holder.instanceId} of ${holder.agentId} declares it`)
    const contradiction = recorded && describeContradiction(metric, recorded.declaration)
    // Values of two meanings must not be averaged.
    if (contradiction && (await hasReported(db, agentId, name)))
      refuse(name, contradiction, `${agentId} has reported values for it`)
  }
  const { count } = await db
    .selectFrom('metrics')
    .where('name', 'not in', names)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  if (count + names.length > maxDeclared) {
    const message = `The agents of the fleet may declare at most ${maxDeclared} metrics; npx optimizer forget frees those of an agent that is gone.`
    throw new OptimizerError('too-many-metrics', message)
  }
  const unique = names.map((name) => metrics.find((metric) => metric.name === name)!)
  await db
    .insertInto('metrics')
    .values(
      unique.map((metric) => ({ name: metric.name, declaration: JSON.stringify(metric), agentId, declaredAt: new Date(now) })),
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

/** Whether one of an agent's newest executions has a value of a metric. */
async function hasReported(db: Database, agentId: string, name: string): Promise<boolean> {
  const newest = db
    .selectFrom('agentExecutions')
    .where('agentName', '=', agentId)
    .orderBy('timestamp', 'desc')
    .limit(5_000)
    .select('metrics')
    .as('newest')
  const found = db.selectFrom(newest).where(sql<boolean>`metrics ? ${name}`).select(sql`1`.as('one')).limit(1)
  return (await found.executeTakeFirst()) !== undefined
}

/** Deletes the metrics that no instance declares any more. */
export async function deleteUndeclaredMetrics(db: Database): Promise<void> {
  const declared = sql<boolean>`exists (select from agent_instances instance where metrics.name = any(instance.metrics))`
  await db
    .deleteFrom('metrics')
    .where((eb) => eb.not(declared))
    .execute()
}

function refuse(name: string, contradiction: string | undefined, where: string): void {
  if (contradiction === undefined) return
  throw new OptimizerError(
    'contradictory-metric',
    `The metric ${name} is already declared differently (${where}): ${contradiction}; make the declarations match, use another name, or forget the other agent if it is gone.`,
  )
}
