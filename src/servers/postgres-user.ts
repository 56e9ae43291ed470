import { execFileSync, spawnSync } from 'node:child_process'
import type { ServerCommand } from './supervised-process.ts'

/** The account for PostgreSQL where the supervisor is root, as whom PostgreSQL refuses to run: `postgres`, or else `nobody`.
 * `null` where the supervisor is an ordinary user. */
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
  const reach = reachingPrivateFolders(account)
  return canRun(reach) ? { file: 'setpriv', args: [...reach, file, ...args] } : { file, args, ...account }
}

/** Lets the account enter folders that only root may, for root often works below a private folder such as its home. */
function reachingPrivateFolders({ uid, gid }: { uid: number; gid: number }): string[] {
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup']
  return [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...capability, '--']
}

function canRun(setprivArguments: string[]): boolean {
  return spawnSync('setpriv', [...setprivArguments, 'true']).status === 0
}
