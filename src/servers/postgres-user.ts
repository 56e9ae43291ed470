import { execFileSync, spawnSync } from 'node:child_process'
import type { ServerCommand } from './supervised-process.ts'

/** The account for PostgreSQL if the supervisor runs as root, as which PostgreSQL refuses to run: `postgres` if it exists, otherwise
 * `nobody`. Null if the supervisor is an ordinary user. */
export function findPostgresAccount(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const name = spawnSync('id', ['-u', 'postgres']).status === 0 ? 'postgres' : 'nobody'
  const id = (option: string) => Number(execFileSync('id', [option, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** The command that runs a program of PostgreSQL as an account it accepts. */
export function buildUnprivilegedCommand(file: string, args: string[]): ServerCommand {
  const account = findPostgresAccount()
  if (!account) return { file, args }
  const privileges = folderPrivileges(account)
  return canRun(privileges) ? { file: 'setpriv', args: [...privileges, file, ...args] } : { file, args, ...account }
}

/** Lets the account enter folders that only root may enter, since root often works in a private folder such as its home. */
function folderPrivileges({ uid, gid }: { uid: number; gid: number }): string[] {
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup']
  return [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...capability, '--']
}

function canRun(setprivArguments: string[]): boolean {
  return spawnSync('setpriv', [...setprivArguments, 'true']).status === 0
}
