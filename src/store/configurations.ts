import type { Selectable } from 'kysely'
import { type Declaration, mergeKnobs, validateForDeclarations } from '../model/declaration.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameValue, type KnobValues } from '../model/knob.ts'
import type { Origin } from '../model/origin.ts'
import { type Database, inTransaction } from './database.ts'
import { listDeclarations } from './declarations.ts'
import type { FleetTables } from './schema/fleet.ts'
import { throwUnknownAgent } from './throw-unknown-agent.ts'

export interface NewConfiguration {
  agentId: string
  values: KnobValues
  origin: Origin
  trialId?: string
  restoresVersion?: number
  /** The id of a person's request, which writes a single version even if repeated. */
  requestId?: string
  /** The knobs that a person named, whether or not their values changed. */
  decided?: string[]
  /** The instances that have to confirm it, if someone waits for that (`analysis/trials/awaited-instances.ts`). */
  awaited?: string[]
  /** The person who asked for it; by default the optimizer decided. */
  changedBy?: string | undefined
  /** In plain words. */
  reason: string
}

export type Configuration = Selectable<FleetTables['configurations']>

/**
 * Writes the agent's next version. It is not in force until it is assigned.
 * @throws OptimizerError `unknown-agent`; `out-of-bounds` if a knob is missing or unknown, or no instance allows a changed value
 */
export function appendConfiguration(db: Database, configuration: NewConfiguration): Promise<number> {
  const { agentId, values } = configuration
  return inTransaction(db, async (db) => {
    const { configurationVersion } = await lockAgent(db, agentId)
    const current = (await findConfiguration(db, agentId, configurationVersion))!.values
    const refused = findInvalidValues(await listDeclarations(db, agentId), current, values)
    if (refused.length === 0) return await insertConfiguration(db, configuration)
    throw new OptimizerError(
      'out-of-bounds',
      `Invalid values for ${agentId}: ${refused.join('; ')}; give every knob a value within its bounds.`,
    )
  })
}

/** Values in force are valid, and so are those of knobs that only another release declares. */
function findInvalidValues(declarations: readonly Declaration[], current: KnobValues, values: KnobValues): string[] {
  const declared = mergeKnobs(declarations).map(({ name }) => name)
  const changed = Object.entries(values).filter(([name, value]) => !isSameValue(value, current[name]))
  return [
    ...changed.flatMap(([name, value]) =>
      declared.includes(name) || name in current
        ? (validateForDeclarations(declarations, name, value) ?? [])
        : `there is no knob ${name}`,
    ),
    ...declared.filter((name) => !(name in values)).map((name) => `${name} has no value`),
  ]
}

/** As `appendConfiguration`, without checking the values. */
export async function insertConfiguration(db: Database, { values, ...rest }: NewConfiguration): Promise<number> {
  const { version } = await db
    .insertInto('configurations')
    .values(({ selectFrom }) => ({
      ...rest,
      values: JSON.stringify(values),
      version: selectFrom('configurations')
        .where('agentId', '=', rest.agentId)
        .select(({ fn, eb, lit }) => eb(fn.coalesce(fn.max('version'), lit(0)), '+', 1).as('version')),
    }))
    .returning('version')
    .executeTakeFirstOrThrow()
  return version
}

/** The version with this number; undefined if there is none. */
export function findConfiguration(db: Database, agentId: string, version: number): Promise<Configuration | undefined> {
  return db
    .selectFrom('configurations')
    .where('agentId', '=', agentId)
    .where('version', '=', version)
    .selectAll()
    .executeTakeFirst()
}

/** The values of some versions of an agent, by version. */
export async function loadValuesByVersion(db: Database, agentId: string, versions: number[]): Promise<Map<number, KnobValues>> {
  if (versions.length === 0) return new Map()
  const rows = await db
    .selectFrom('configurations')
    .where('agentId', '=', agentId)
    .where('version', 'in', versions)
    .select(['version', 'values'])
    .execute()
  return new Map(rows.map(({ version, values }) => [version, values]))
}

/** The version that a request wrote; undefined if it has not written one yet. */
export function findRequestedConfiguration(db: Database, agentId: string, requestId: string): Promise<Configuration | undefined> {
  return db
    .selectFrom('configurations')
    .where('agentId', '=', agentId)
    .where('requestId', '=', requestId)
    .selectAll()
    .executeTakeFirst()
}

/** All versions of an agent, newest first. */
export function listConfigurations(db: Database, agentId: string): Promise<Configuration[]> {
  return db.selectFrom('configurations').where('agentId', '=', agentId).orderBy('version', 'desc').selectAll().execute()
}

/** The versions of an agent written after this one, oldest first. */
export function listConfigurationsSince(db: Database, agentId: string, version: number): Promise<Configuration[]> {
  return db
    .selectFrom('configurations')
    .where('agentId', '=', agentId)
    .where('version', '>', version)
    .orderBy('version')
    .selectAll()
    .execute()
}

/** Makes a version the desired state of instances; delivery, restarts and heartbeats converge on it. */
export async function assignConfiguration(
  db: Database,
  agentId: string,
  instanceIds: string[] | 'all',
  version: number,
): Promise<void> {
  if (instanceIds.length === 0) return
  await db
    .updateTable('agentInstances')
    .set({ assignedVersion: version, refusedVersion: null, refusal: null })
    .where('agentId', '=', agentId)
    .$if(instanceIds !== 'all', (query) => query.where('instanceId', 'in', instanceIds as string[]))
    .execute()
}

/** Makes a version the proven one, which new instances get and `getCurrentConfiguration` returns; records since when. */
export async function setProvenVersion(db: Database, agentId: string, version: number): Promise<void> {
  await db.updateTable('agents').set({ configurationVersion: version }).where('agentId', '=', agentId).execute()
  const last = await db
    .selectFrom('provenVersions')
    .where('agentId', '=', agentId)
    .orderBy('id', 'desc')
    .select('version')
    .limit(1)
    .executeTakeFirst()
  if (last?.version !== version) await db.insertInto('provenVersions').values({ agentId, version }).execute()
}

/**
 * Serialises changes of one agent's configuration until the transaction ends.
 * @throws OptimizerError `unknown-agent`
 */
export async function lockAgent(db: Database, agentId: string): Promise<{ kind: string; configurationVersion: number }> {
  const agent = await db
    .selectFrom('agents')
    .where('agentId', '=', agentId)
    .select(['kind', 'configurationVersion'])
    .forNoKeyUpdate()
    .executeTakeFirst()
  return agent ?? throwUnknownAgent(agentId)
}

/** All versions with the same content as this one: a restore is a new version with old content. */
export async function listEquivalentVersions(db: Database, agentId: string, version: number): Promise<number[]> {
  const rows = await db
    .selectFrom('configurations as same')
    .innerJoin('configurations as given', (join) =>
      join.onRef('given.agentId', '=', 'same.agentId').onRef('given.values', '=', 'same.values'),
    )
    .where('given.agentId', '=', agentId)
    .where('given.version', '=', version)
    .select('same.version')
    .execute()
  return rows.map((row) => row.version)
}
