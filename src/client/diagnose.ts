/** Checks of everything that the optimizer needs, for `optimizer doctor`. */
import { readdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { sql } from 'kysely'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { searchAttributeTypes } from '../contract/search-attributes.ts'
import { scheduleId } from '../model/cycle.ts'
import { describeError } from '../model/errors.ts'
import { formatDuration } from '../model/format.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { resolveTemporalConnection, type TemporalConnection } from '../temporal/connection.ts'
import { diagnoseForeignDatabases } from './diagnose-foreign-databases.ts'
import { findApiUrl, findRunning } from './find-api.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

const giveUpMs = 5_000
/** Clocks that differ by more make the ages of samples and alerts wrong. */
const largestClockDifferenceMs = 2_000
const leastFreeGiB = 2
const oldestPostgres = 15

/** Checks the configuration, the servers, what they hold and who works on them. It changes nothing, and never throws. */
export async function diagnose(env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  let config: Config
  try {
    config = loadConfig(env)
  } catch (error) {
    return [failed('configuration', describeError(error), 'correct it; docs/configuration.md lists every setting')]
  }
  const running = findRunning(config)
  const findings: Finding[] = [ok('configuration', 'valid')]
  findings.push(...(await checkDataFolder(config)))
  const databaseUrl = config.databaseUrl ?? running?.postgres
  if (databaseUrl) findings.push(...(await checkDatabase(databaseUrl)))
  else findings.push(failed('PostgreSQL', 'DATABASE_URL is not set, and the optimizer is not running', 'start it with npm start'))
  findings.push(...(await diagnoseForeignDatabases(config.foreignDatabases, databaseUrl)))
  const temporal = resolveTemporalConnection(config, running?.temporal ?? '', env)
  if (temporal.options.address) findings.push(...(await checkTemporal(temporal, config)))
  else
    findings.push(failed('Temporal', 'TEMPORAL_ADDRESS is not set, and the optimizer is not running', 'start it with npm start'))
  findings.push(await checkApi(findApiUrl(config)))
  return findings
}

async function checkDataFolder({ dataDir }: Config): Promise<Finding[]> {
  try {
    const { bavail, bsize } = await statfs(dataDir)
    const freeGiB = (bavail * bsize) / 2 ** 30
    const found = `${freeGiB.toFixed(1)} GiB are free in ${dataDir}`
    return [freeGiB < leastFreeGiB ? warning('disk', found, 'make room, or lower data_retention_days') : ok('disk', found)]
  } catch {
    // There is none where every server is run elsewhere.
    return []
  }
}

async function checkDatabase(url: string): Promise<Finding[]> {
  const db = openDatabase(url)
  try {
    const askedAt = Date.now()
    const { rows } = await inTime(
      sql<{ version: number; now: Date; mayCreate: boolean }>`
        select current_setting('server_version_num')::int as version, clock_timestamp() as now,
          has_schema_privilege(current_schema(), 'create') as may_create`.execute(db),
    )
    const { version, now, mayCreate } = rows[0]!
    const major = Math.floor(version / 10_000)
    return [
      major < oldestPostgres
        ? failed('PostgreSQL', `version ${major}`, `use version ${oldestPostgres} or later`)
        : ok('PostgreSQL', `version ${major}, ${formatMs(Date.now() - askedAt)}`),
      mayCreate
        ? ok('permissions', 'its user may create tables')
        : warning('permissions', 'its user may not create tables', 'npx optimizer migrate needs one that may'),
      await checkMigrations(db),
      compareClocks('the clock of PostgreSQL', now.getTime(), askedAt),
      await checkAgents(db),
    ]
  } catch (error) {
    return [failed('PostgreSQL', describeError(error), 'start it, or correct DATABASE_URL')]
  } finally {
    await db.destroy().catch(() => undefined)
  }
}

async function checkMigrations(db: Database): Promise<Finding> {
  const known = readdirSync(new URL('../store/migrations/', import.meta.url)).filter((file) => file.endsWith('.sql')).length
  try {
    const { rows } = await sql<{ applied: number }>`select count(*)::int as applied from kysely_migration`.execute(db)
    const { applied } = rows[0]!
    const found = `${applied} of ${known} migrations are applied`
    if (applied === known) return ok('tables', found)
    return failed(
      'tables',
      found,
      applied < known ? 'npx optimizer migrate applies the others' : 'a newer version migrated it; use that one',
    )
  } catch {
    return failed('tables', 'there are none', 'npx optimizer migrate creates them')
  }
}

async function checkAgents(db: Database): Promise<Finding> {
  const { rows } = await sql<{ agents: number; newest: Date | null }>`
    select count(distinct agent_id)::int as agents, max(heartbeat_at) as newest from agent_instances`
    .execute(db)
    .catch(() => ({ rows: [{ agents: 0, newest: null }] }))
  const { agents, newest } = rows[0]!
  if (!newest) return warning('agents', 'none has registered', 'connect one; README.md shows how')
  const ageMs = Date.now() - newest.getTime()
  const found = `${agents} registered, last heard ${formatDuration(Math.max(0, ageMs))} ago`
  return ageMs > 5 * 60_000
    ? warning('agents', found, 'see whether they still run, and whether they reach the API or NATS')
    : ok('agents', found)
}

async function checkTemporal({ options, namespace }: TemporalConnection, { taskQueue }: Config): Promise<Finding[]> {
  let connection: Connection
  try {
    connection = await Connection.connect({ ...options, connectTimeout: giveUpMs })
  } catch (error) {
    return [failed('Temporal', `${options.address}: ${describeError(error)}`, 'start it, or correct TEMPORAL_ADDRESS')]
  }
  try {
    const { workflowService } = connection
    const { serverVersion } = await workflowService.getSystemInfo({})
    const findings = [ok('Temporal', `${serverVersion || 'version unknown'} at ${options.address}, namespace ${namespace}`)]
    findings.push(await checkSearchAttributes(connection, namespace))
    findings.push(await checkSchedule(connection, namespace))
    findings.push(await checkWorkers(connection, namespace, taskQueue))
    return findings
  } catch (error) {
    return [failed('Temporal', describeError(error), 'see whether the namespace exists and the key may use it')]
  } finally {
    await connection.close()
  }
}

async function checkSearchAttributes(connection: Connection, namespace: string): Promise<Finding> {
  const names = Object.keys(searchAttributeTypes)
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
    const missing = names.filter((name) => !(name in customAttributes))
    if (missing.length === 0) return ok('search attributes', `all ${names.length} exist`)
    return failed('search attributes', `${missing.join(', ')} are missing`, 'npx optimizer migrate adds them')
  } catch {
    return warning('search attributes', 'the key may not list them', 'docs/temporal.md names them')
  }
}

async function checkSchedule(connection: Connection, namespace: string): Promise<Finding> {
  try {
    const { schedule } = await connection.workflowService.describeSchedule({ namespace, scheduleId })
    const paused = schedule?.state?.paused
    return paused
      ? warning('Schedule', `paused: ${schedule?.state?.notes || 'no reason given'}`, 'npx optimizer resume, if it should run')
      : ok('Schedule', `${scheduleId} is running`)
  } catch {
    return failed('Schedule', `there is no Schedule ${scheduleId}`, 'npx optimizer migrate creates it')
  }
}

async function checkWorkers(connection: Connection, namespace: string, taskQueue: string): Promise<Finding> {
  const { TaskQueueType } = proto.temporal.api.enums.v1
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  })
  const workers = new Set((pollers ?? []).map(({ identity }) => identity)).size
  if (workers === 0) return failed('workers', `none polls the task queue ${taskQueue}`, 'start one; without it nothing runs')
  return ok('workers', `${workers} on the task queue ${taskQueue}`)
}

/** The API's own check covers NATS, which only the API and the worker connect to. */
async function checkApi(address: string): Promise<Finding> {
  const remedy = 'start it; agents report to it'
  try {
    const response = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(giveUpMs) })
    const health = (await response.json()) as { database?: boolean; nats?: boolean }
    if (response.ok) return ok('API and NATS', `${address} answers`)
    const away = [health.database === false && 'PostgreSQL', health.nats === false && 'NATS'].filter(Boolean).join(' and ')
    return failed(
      'API and NATS',
      `the API does not reach ${away || 'its servers'}`,
      'start them, or correct NATS_URL and DATABASE_URL',
    )
  } catch {
    return failed('API and NATS', `nothing answers at ${address}`, remedy)
  }
}

function compareClocks(check: string, theirs: number, askedAt: number): Finding {
  const answeredAt = Date.now()
  const difference = theirs < askedAt ? askedAt - theirs : Math.max(0, theirs - answeredAt)
  if (difference <= largestClockDifferenceMs) return ok(check, 'agrees with this machine')
  return warning(
    check,
    `differs from this machine by ${formatDuration(difference)}`,
    'synchronize both, for instance with chrony',
  )
}

const formatMs = (ms: number) => `answers in ${ms} ms`

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${giveUpMs / 1_000} s`)), giveUpMs).unref()
  })
  return Promise.race([work, late])
}
