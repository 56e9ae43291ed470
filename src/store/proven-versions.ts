import { sql } from 'kysely'
import { isSameValue, type KnobValues } from '../model/knob.ts'
import { isHumanDecision } from '../model/origin.ts'
import { type Configuration, findConfiguration } from './configurations.ts'
import type { Database } from './database.ts'
import { isOneOf } from './is-one-of.ts'

/** The proven configuration at a time; undefined if the agent was not known yet. */
export async function findConfigurationAt(db: Database, agentId: string, time: Date): Promise<Configuration | undefined> {
  const then = await db
    .selectFrom('provenVersions')
    .where('agentId', '=', agentId)
    .where('since', '<=', time)
    .orderBy('since', 'desc')
    .orderBy('id', 'desc')
    .select('version')
    .limit(1)
    .executeTakeFirst()
  return then && (await findConfiguration(db, agentId, then.version))
}

/** The proven values of every agent at a time, by agent; without those that were not known yet. */
export async function listConfigurationsAt(db: Database, time: Date): Promise<Map<string, KnobValues>> {
  const rows = await db
    .selectFrom('provenVersions as proven')
    .innerJoin('configurations as configuration', (join) =>
      join.onRef('configuration.agentId', '=', 'proven.agentId').onRef('configuration.version', '=', 'proven.version'),
    )
    .where('proven.since', '<=', time)
    .distinctOn('proven.agentId')
    .orderBy('proven.agentId')
    .orderBy('proven.since', 'desc')
    .orderBy('proven.id', 'desc')
    .select(['proven.agentId', 'values'])
    .execute()
  return new Map(rows.map(({ agentId, values }) => [agentId, values]))
}

export type ProvenVersion = Pick<
  Configuration,
  'version' | 'values' | 'origin' | 'trialId' | 'requestId' | 'restoresVersion' | 'reason'
> & { since: Date }

/** The proven versions, since when and why, newest first. @param limit by default all */
export function listProvenVersions(db: Database, agentId: string, limit?: number): Promise<ProvenVersion[]> {
  return db
    .selectFrom('provenVersions as proven')
    .innerJoin('configurations as configuration', (join) =>
      join.onRef('configuration.agentId', '=', 'proven.agentId').onRef('configuration.version', '=', 'proven.version'),
    )
    .where('proven.agentId', '=', agentId)
    .orderBy('proven.id', 'desc')
    .$if(limit !== undefined, (query) => query.limit(limit!))
    .select(['proven.since', 'proven.version', 'values', 'origin', 'trialId', 'requestId', 'restoresVersion', 'reason'])
    .execute()
}

/**
 * The version that changed an agent's values last, and the one before it; undefined if they have always been the same. A version with the
 * same values, as a rolled-back trial writes it, changes nothing.
 */
export function findLatestChange(
  db: Database,
  agentId: string,
): Promise<{ version: number; restoresVersion: number | null; before: number } | undefined> {
  const previous = <T>(column: 'version' | 'values') =>
    sql<T>`lag(${sql.ref(`configuration.${column}`)}) over (order by proven.id)`
  return db
    .selectFrom((from) =>
      from
        .selectFrom('provenVersions as proven')
        .innerJoin('configurations as configuration', (join) =>
          join.onRef('configuration.agentId', '=', 'proven.agentId').onRef('configuration.version', '=', 'proven.version'),
        )
        .where('proven.agentId', '=', agentId)
        .select(['proven.id', 'proven.version', 'restoresVersion', previous<number>('version').as('before')])
        .select(sql<boolean>`configuration.values <> ${previous('values')}`.as('isChange'))
        .as('proven'),
    )
    .where('isChange', 'is', true)
    .orderBy('id', 'desc')
    .select(['version', 'restoresVersion', 'before'])
    .limit(1)
    .executeTakeFirst()
}

/** The number of times that a version of an agent became the proven one. */
export async function countProvenVersions(db: Database, agentId: string): Promise<number> {
  const { versions } = await db
    .selectFrom('provenVersions')
    .where('agentId', '=', agentId)
    .select(({ fn }) => fn.countAll<number>().as('versions'))
    .executeTakeFirstOrThrow()
  return versions
}

/** The knobs that a person has named, or changed, since a version was written. */
export async function loadOperatorSetKnobs(db: Database, agentId: string, sinceVersion: number): Promise<Set<string>> {
  const inForce = await db
    .selectFrom('provenVersions as proven')
    .innerJoin('configurations as configuration', (join) =>
      join.onRef('configuration.agentId', '=', 'proven.agentId').onRef('configuration.version', '=', 'proven.version'),
    )
    .where('proven.agentId', '=', agentId)
    .orderBy('proven.id')
    .select(['configuration.version', 'origin', 'requestId', 'values', 'decided'])
    .execute()
  const names = inForce.slice(1).flatMap(({ version, values, decided, ...origin }, index) => {
    const before = inForce[index]!.values
    const decides = isHumanDecision(origin) && version > sinceVersion
    const changed = Object.keys(values).filter((name) => !isSameValue(values[name], before[name]))
    return decides ? [...decided, ...changed] : []
  })
  return new Set(names)
}

/** Moves of knobs count for at most two days; a hundred configurations within that time are more than two reversals of every knob. */
const newestConfigurations = 100

/**
 * The newest proven configurations by agent, oldest first; `at` is since when (ms since the epoch). `byPerson` if a person set, restored,
 * kept or rolled back what they hold, without calling a change harmful.
 */
export async function loadProvenConfigurations(
  db: Database,
  agentIds?: string[],
): Promise<Record<string, { at: number; values: KnobValues; byPerson: boolean }[]>> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('provenVersions')
          .innerJoin('configurations', (join) =>
            join
              .onRef('configurations.agentId', '=', 'provenVersions.agentId')
              .onRef('configurations.version', '=', 'provenVersions.version'),
          )
          .leftJoin('optimizationResults as result', 'result.strategyId', 'configurations.trialId')
          .whereRef('provenVersions.agentId', '=', 'agent.agentId')
          .orderBy('provenVersions.id', 'desc')
          .limit(newestConfigurations)
          .select(['provenVersions.id', 'provenVersions.since', 'configurations.values', decidedByPerson.as('byPerson')])
          .as('proven'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where(isOneOf('agent.agentId', agentIds!)))
    .orderBy('proven.id')
    .select(['agent.agentId', 'proven.since', 'proven.values', 'proven.byPerson'])
    .execute()
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId)
  return Object.fromEntries(
    [...byAgent].map(([agentId, versions]) => [
      agentId,
      versions.map(({ since, values, byPerson }) => ({ at: since.getTime(), values, byPerson })),
    ]),
  )
}

/** The rule of `isPersonsDecision` for what is set by a request. */
const decidedByPerson = sql<boolean>`case configurations.origin
  when 'operator' then configurations.request_id is not null
  when 'trial' then result.content -> 'keptBy' is not null
  when 'restore' then coalesce(not (result.content -> 'undone' ->> 'harmful')::boolean, false)
  else false end`
