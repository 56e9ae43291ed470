import { OptimizerError } from '../model/errors.ts'
import type { PerformanceProfile, ProfileKind } from '../model/performance-profile.ts'
import type { StackProfile } from '../model/stack-profile.ts'
import type { Database } from './database.ts'
import { isDiskFull } from './errors.ts'

export interface StoredPerformanceProfile {
  record: PerformanceProfile
  content: StackProfile
}

/** The columns of a profile but its content. */
const summaryColumns = [
  'id',
  'target',
  'instanceId',
  'kind',
  'takenAt',
  'trigger',
  'requestedBy',
  'reason',
  'workflowId',
  'runId',
  'trialId',
  'arm',
  'version',
] as const

/**
 * Stores a profile once; of several attempts with the same key, the first counts.
 * @returns its id
 * @throws OptimizerError `disk-full`, retryable
 */
export async function recordPerformanceProfile(
  db: Database,
  key: string,
  { content, ...profile }: Omit<PerformanceProfile, 'id' | 'takenAt'> & { content: StackProfile },
): Promise<number> {
  try {
    await db
      .insertInto('performanceProfiles')
      .values({ ...profile, key, content: JSON.stringify(content) })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute()
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause
    const message = 'The profile cannot be stored, because the disk of PostgreSQL is full; free some space and try again.'
    throw new OptimizerError('disk-full', message, { retryable: true, cause })
  }
  return (await findPerformanceProfileId(db, key))!
}

/** The id of the profile that an earlier attempt stored; undefined if none did. */
export async function findPerformanceProfileId(db: Database, key: string): Promise<number | undefined> {
  const row = await db.selectFrom('performanceProfiles').where('key', '=', key).select('id').executeTakeFirst()
  return row?.id
}

/** A profile with its content. @throws OptimizerError `unknown-profile` */
export async function getPerformanceProfile(db: Database, id: number): Promise<StoredPerformanceProfile> {
  const row = await withContent(db).where('id', '=', id).executeTakeFirst()
  if (row) return toStored(row)
  throw new OptimizerError('unknown-profile', `There is no profile ${id}; see npx optimizer profile list.`)
}

/** The profile of the same target and kind before this one, taken by another request; undefined if there is none. */
export async function findPreviousPerformanceProfile(
  db: Database,
  { id, target, kind, runId }: PerformanceProfile,
): Promise<StoredPerformanceProfile | undefined> {
  const row = await withContent(db)
    .where('target', '=', target)
    .where('kind', '=', kind)
    .where('id', '<', id)
    .where('runId', '!=', runId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toStored(row)
}

/** The profile of the other arm of the same trial, taken by the same request; undefined if there is none. */
export async function findOtherArmProfile(
  db: Database,
  { id, target, kind, runId, trialId, arm }: PerformanceProfile,
): Promise<StoredPerformanceProfile | undefined> {
  if (!arm || !trialId) return undefined
  const row = await withContent(db)
    .where('runId', '=', runId)
    .where('target', '=', target)
    .where('kind', '=', kind)
    .where('trialId', '=', trialId)
    .where('arm', '!=', arm)
    .where('id', '!=', id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toStored(row)
}

/** The newest profiles without their content, newest first. */
export async function listPerformanceProfiles(db: Database, limit: number, target?: string): Promise<PerformanceProfile[]> {
  return await db
    .selectFrom('performanceProfiles')
    .$if(target !== undefined, (query) => query.where('target', '=', target!))
    .orderBy('id', 'desc')
    .limit(limit)
    .select(summaryColumns)
    .execute()
}

/**
 * The newest profile of each target and kind that was taken within a time, newest first.
 * @param to not included
 * @param target only of this target
 */
export async function listNewestProfilesByTarget(
  db: Database,
  { from, to }: { from: Date; to: Date },
  target?: string,
): Promise<StoredPerformanceProfile[]> {
  const rows = await withContent(db)
    .distinctOn(['target', 'kind'])
    .where('takenAt', '>=', from)
    .where('takenAt', '<', to)
    .$if(target !== undefined, (query) => query.where('target', '=', target!))
    .orderBy('target')
    .orderBy('kind')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toStored).sort((a, b) => b.record.id - a.record.id)
}

/** How many profiles are on record. */
export async function countPerformanceProfiles(db: Database, target?: string): Promise<number> {
  const { count } = await db
    .selectFrom('performanceProfiles')
    .$if(target !== undefined, (query) => query.where('target', '=', target!))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** The agents and others with a profile of this kind taken since a time. */
export async function listRecentlyProfiledTargets(db: Database, kind: ProfileKind, since: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('performanceProfiles')
    .where('kind', '=', kind)
    .where('takenAt', '>=', since)
    .select('target')
    .distinct()
    .execute()
  return rows.map(({ target }) => target)
}

/** Profiles of these targets that were taken in a period of time, with their content, the newest first. */
export async function listStoredProfiles(
  db: Database,
  kind: ProfileKind,
  targets: readonly string[],
  { from, to, limit }: { from: Date; to: Date; limit: number },
): Promise<StoredPerformanceProfile[]> {
  if (targets.length === 0) return []
  const rows = await withContent(db)
    .where('kind', '=', kind)
    .where('target', 'in', targets)
    .where('takenAt', '>=', from)
    .where('takenAt', '<=', to)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toStored)
}

const withContent = (db: Database) => db.selectFrom('performanceProfiles').select([...summaryColumns, 'content'])

const toStored = ({ content, ...record }: PerformanceProfile & { content: StackProfile }): StoredPerformanceProfile => ({
  record,
  content,
})
