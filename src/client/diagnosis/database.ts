import { readdirSync } from 'node:fs'
import { sql } from 'kysely'
import { describeError } from '../../model/errors.ts'
import { formatDuration } from '../../model/format.ts'
import { unnamedInstance } from '../../model/telemetry.ts'
import { type Database, openDatabase } from '../../store/database.ts'
import { encodingRemedy, requiredEncoding } from '../../store/encoding.ts'
import { isExposedWithoutToken, tokenCreationCommand } from '../require-token.ts'
import { TokenCache } from '../token-cache.ts'
import { compareClocks } from './clocks.ts'
import { type DiagnosisFinding, failedFinding, okFinding, warningFinding } from './finding.ts'
import { withTimeout } from './with-timeout.ts'

const oldestPostgres = 15

/**
 * Checks PostgreSQL and what it holds.
 * @param access the address that the API listens on, and the token that this environment has
 */
export async function checkDatabase(url: string, access: ApiAccess): Promise<DiagnosisFinding[]> {
  const db = openDatabase(url)
  try {
    const askedAt = Date.now()
    const { rows } = await withTimeout(
      sql<{ version: number; encoding: string; now: Date; mayCreate: boolean }>`
        select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding, clock_timestamp() as now,
          has_schema_privilege(current_schema(), 'create') as may_create`.execute(db),
    )
    const { version, encoding, now, mayCreate } = rows[0]!
    const major = Math.floor(version / 10_000)
    return [
      major < oldestPostgres
        ? failedFinding('PostgreSQL', `version ${major}`, `use version ${oldestPostgres} or later`)
        : okFinding('PostgreSQL', `version ${major}, responds in ${Date.now() - askedAt} ms`),
      ...(encoding === requiredEncoding
        ? []
        : [failedFinding('encoding', `the encoding of the database is ${encoding}`, encodingRemedy)]),
      mayCreate
        ? okFinding('permissions', 'its user may create tables')
        : warningFinding(
            'permissions',
            'its user may not create tables',
            'npx optimizer migrate needs a user with that privilege',
          ),
      await checkMigrations(db),
      compareClocks('PostgreSQL clock', now.getTime(), askedAt),
      await checkAgents(db),
      ...(await checkInstances(db)),
      ...(await checkTokens(db, access)),
    ]
  } catch (error) {
    return [failedFinding('PostgreSQL', describeError(error), 'start it, or correct DATABASE_URL')]
  } finally {
    await db.destroy().catch(() => undefined)
  }
}

async function checkMigrations(db: Database): Promise<DiagnosisFinding> {
  const known = readdirSync(new URL('../../store/migrations/', import.meta.url)).filter((file) => file.endsWith('.sql')).length
  try {
    const { rows } = await sql<{ applied: number }>`select count(*)::int as applied from kysely_migration`.execute(db)
    const { applied } = rows[0]!
    const found = `${applied} of ${known} migrations have been applied`
    if (applied === known) return okFinding('tables', found)
    return failedFinding(
      'tables',
      found,
      applied < known ? 'npx optimizer migrate applies the others' : 'a newer version migrated it; use that version',
    )
  } catch {
    return failedFinding('tables', 'there are none', 'npx optimizer migrate creates them')
  }
}

async function checkAgents(db: Database): Promise<DiagnosisFinding> {
  const { rows } = await sql<{ agents: number; newest: Date | null }>`
    select count(distinct agent_id)::int as agents, max(heartbeat_at) as newest from agent_instances`
    .execute(db)
    .catch(() => ({ rows: [{ agents: 0, newest: null }] }))
  const { agents, newest } = rows[0]!
  if (!newest) return warningFinding('agents', 'none has registered', 'connect one; README.md shows how')
  const ageMs = Date.now() - newest.getTime()
  const found = `${agents} registered, last heard from ${formatDuration(Math.max(0, ageMs))} ago`
  return ageMs > 5 * 60_000
    ? warningFinding('agents', found, 'check whether they are still running, and whether they can reach the API or NATS')
    : okFinding('agents', found)
}

/** Agents whose processes cannot be told apart. */
async function checkInstances(db: Database): Promise<DiagnosisFinding[]> {
  const { rows } = await sql<{ agentId: string }>`
    select agent_id from agent_instances where transport = 'otlp' and instance_id = ${unnamedInstance} order by agent_id`
    .execute(db)
    .catch(() => ({ rows: [] }))
  if (rows.length === 0) return []
  const [first, ...others] = rows.map(({ agentId }) => agentId)
  const who = others.length === 0 ? `${first} sends` : `${first} and ${others.length} other agents send`
  const found = `${who} no service.instance.id, so all processes of an agent count as one instance`
  return [
    warningFinding('instances', found, 'set OTEL_RESOURCE_ATTRIBUTES=service.instance.id=<id>, a different one for each process'),
  ]
}

interface ApiAccess {
  listening: string
  /** OPTIMIZER_API_TOKEN. */
  secret: string | undefined
}

async function checkTokens(db: Database, { listening, secret }: ApiAccess): Promise<DiagnosisFinding[]> {
  const book = new TokenCache({ db })
  try {
    const need = (await isExposedWithoutToken(book, listening))
      ? failedFinding(
          'API tokens',
          `the API does not start on ${listening} without one`,
          `create one with ${tokenCreationCommand}`,
        )
      : okFinding('API tokens', `the tokens required to listen on ${listening} exist`)
    if (!secret) return [need]
    const token = await book.find(secret)
    const problem = !token
      ? 'does not belong to this optimizer'
      : token.revokedAt
        ? `(${token.name}) was revoked`
        : token.expiresAt && token.expiresAt.getTime() < Date.now() && `(${token.name}) has expired`
    const own = 'your API token'
    return [
      need,
      problem
        ? failedFinding(own, `OPTIMIZER_API_TOKEN ${problem}`, `create another with ${tokenCreationCommand}`)
        : okFinding(own, `${token!.name}, role ${token!.role}`),
    ]
  } catch {
    // The tables are missing, which another check reports.
    return []
  }
}
