/** A PgBouncer in front of the tests' PostgreSQL. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { findOnPath } from '../../src/servers/binaries/find-on-path.ts'
import { claimPort } from '../../src/servers/ports.ts'
import { checkPostgres } from '../../src/servers/postgres.ts'
import { findPostgresAccount } from '../../src/servers/postgres-user.ts'
import { endProcess } from './end-process.ts'
import { eventually } from './eventually.ts'

/** Debian installs it where only root looks for programs. */
const program = findOnPath('pgbouncer', [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter))
/** Why it cannot be tested here; undefined if it can. */
export const missingPgBouncer = program
  ? undefined
  : 'PgBouncer is not installed, so nothing was tested with it: apt install pgbouncer'

/** @returns the address of the given database, through a PgBouncer with two connections to it */
export async function startPgBouncer(databaseUrl: string, poolMode: 'session' | 'transaction') {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-pgbouncer-'))
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl)
  const port = await claimPort(0, 'PgBouncer', '')
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${poolMode}
default_pool_size = ${poolMode === 'session' ? 30 : 2}
`,
    { mode: 0o644 },
  )
  // It does not run as root.
  const account = findPostgresAccount()
  chmodSync(folder, 0o755)
  const server = spawn(program!, [file], { cwd: '/', stdio: 'ignore', detached: true, ...account })
  const url = `postgres://${username}@127.0.0.1:${port}${pathname}`
  await eventually('PgBouncer to answer', async () => {
    await checkPostgres(url)
    return true
  })
  return {
    url,
    async stop() {
      await endProcess(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
