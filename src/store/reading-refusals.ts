import { sql } from 'kysely'
import { type ComponentKind, mayOverwriteReading } from '../model/component.ts'
import { OptimizerError } from '../model/errors.ts'
import { type ComponentReading, getReadingMetrics, hasMetrics } from './component-reading.ts'
import type { Database } from './database.ts'

/** The most components of other programs: those with readings within a day, and all that are kept. Invented names must not fill the database. */
const maxOthers = { recent: 1_000, kept: 10_000 }
const dayMs = 86_400_000
/** The most metrics of a component of another program on a day (UTC): each is kept in every summary of that day. */
const maxMetrics = 200

/** Why readings cannot be taken, by their index. */
export async function findReadingRefusals(
  db: Database,
  readings: readonly ComponentReading[],
  known: readonly { component: string; seenAt: Date; kind: ComponentKind }[],
  { now, expiredBefore }: { now: number; expiredBefore: number },
): Promise<Map<number, OptimizerError>> {
  const kinds = new Map(known.map(({ component, kind }) => [component, kind]))
  const seen = new Map(known.map(({ component, seenAt }) => [component, seenAt]))
  const since = new Date(now - dayMs)
  const recent = new Set(known.flatMap(({ component, seenAt }) => (seenAt > since ? [component] : [])))
  const refusals = new Map<number, OptimizerError>()
  const added: number[] = []
  const names = await listNamesOfDay(db, readings)
  for (const [index, reading] of readings.entries()) {
    const { component, kind, at } = reading
    const measured = kinds.get(component) ?? kind
    const ofDay = new Set([...(names.get(`${component} ${toDay(at)}`) ?? []), ...Object.keys(getReadingMetrics(reading))])
    if (hasMetrics(reading) && at.getTime() < expiredBefore) refusals.set(index, expired(component))
    else if (!hasMetrics(reading) && seen.has(component) && at < seen.get(component)!) refusals.set(index, overtaken(component))
    else if (!mayOverwriteReading(kind, measured)) refusals.set(index, takenBy(component, measured))
    else if (kind === 'other' && ofDay.size > maxMetrics) refusals.set(index, tooManyMetrics(component))
    else if (kind === 'other' && !recent.has(component)) added.push(index)
  }
  if (added.length === 0) return refusals
  const counted = await countOthers(db, since)
  const left = { recent: maxOthers.recent - counted.recent, kept: maxOthers.kept - counted.kept }
  for (const index of added) {
    const isNew = !kinds.has(readings[index]!.component)
    if (left.recent <= 0 || (isNew && left.kept <= 0)) {
      refusals.set(index, tooMany)
      continue
    }
    left.recent--
    if (isNew) left.kept--
  }
  return refusals
}

const toDay = (at: Date) => at.toISOString().slice(0, 10)

/** The metrics that components of other programs already have on the days of their readings, by component and day. */
async function listNamesOfDay(db: Database, readings: readonly ComponentReading[]): Promise<Map<string, string[]>> {
  const others = readings.filter(({ kind }) => kind === 'other')
  if (others.length === 0) return new Map()
  const { rows } = await sql<{ component: string; at: Date; names: string[] }>`
    select component, at, array(select jsonb_object_keys(metrics)) as names
    from system_metrics_days join (
      select distinct component, date_trunc('day', moment, 'UTC') as at
      from unnest(${others.map(({ component }) => component)}::text[], ${others.map(({ at }) => at)}::timestamptz[])
        as reading (component, moment)
    ) day using (component, at)`.execute(db)
  return new Map(rows.map(({ component, at, names }) => [`${component} ${toDay(at)}`, names]))
}

function expired(component: string): OptimizerError {
  const message = `The reading of ${component} is older than the data that is kept (data_retention_days).`
  return new OptimizerError('expired-reading', message)
}

function overtaken(component: string): OptimizerError {
  const message = `${component} already has a later reading, and an earlier one can only add metrics.`
  return new OptimizerError('overtaken-status', message)
}

function tooManyMetrics(component: string): OptimizerError {
  const message = `${component} may have at most ${maxMetrics} metrics a day; use the same names in every reading.`
  return new OptimizerError('too-many-metrics', message)
}

function takenBy(component: string, kind: ComponentKind): OptimizerError {
  const measurer = kind === 'instance' ? 'an agent' : 'the optimizer'
  const message = `${component} is already the name of a component that ${measurer} measures; choose another name.`
  return new OptimizerError('taken-component', message)
}

const tooMany = new OptimizerError(
  'too-many-components',
  `Other programs may report at most ${maxOthers.recent} components within a day, and ${maxOthers.kept} in total; reuse the same name for the same component.`,
)

async function countOthers(db: Database, since: Date): Promise<{ recent: number; kept: number }> {
  return await db
    .selectFrom('components')
    .where('kind', '=', 'other')
    .select(({ fn }) => [fn.countAll<number>().as('kept'), fn.countAll<number>().filterWhere('seenAt', '>', since).as('recent')])
    .executeTakeFirstOrThrow()
}
