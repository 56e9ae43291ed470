import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Identifies a process beyond its id, which may later be given to another one. */
export interface ProcessIdentity {
  pid: number
  started: string
}

/** The identity of a running process; null if there is none (a zombie counts as none). */
export function findProcessIdentity(pid: number): ProcessIdentity | null {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid)
  return started === null ? null : { pid, started }
}

/** Whether this very process is still running, not a later one with its id. */
export function isProcessRunning(identity: ProcessIdentity): boolean {
  return findProcessIdentity(identity.pid)?.started === identity.started
}

function startedOnLinux(pid: number): string | null {
  try {
    // The command name may contain anything, so fields are counted after its closing parenthesis: state is the 3rd, start the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

function startedElsewhere(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
