import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OptimizerError } from '../model/errors.ts'
import { findProcessIdentity, isProcessRunning, type ProcessIdentity } from './process-identity.ts'

/**
 * Takes the data folder for this process alone, making it if need be; a process that died gives it up by that.
 * @returns the function that gives the folder back
 * @throws OptimizerError `already-running` or `data-folder`
 */
export function lockDataFolder(dataDir: string): () => void {
  const lock = join(dataDir, 'lock')
  const claim = join(dataDir, `lock.${process.pid}`)
  try {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(claim, JSON.stringify(findProcessIdentity(process.pid)))
    try {
      while (!tryLink(claim, lock)) removeStale(lock, claim, dataDir)
    } finally {
      rmSync(claim)
    }
  } catch (cause) {
    if (cause instanceof OptimizerError) throw cause
    throw new OptimizerError(
      'data-folder',
      `The data folder ${dataDir} cannot be used (${(cause as Error).message}); ` +
        'set OPTIMIZER_DATA_DIR to a folder that may be written to, on a file system of this machine.',
      { cause },
    )
  }
  return () => rmSync(lock, { force: true })
}

/** A link appears with its content or not at all, so nobody reads a lock that is still being written. */
function tryLink(claim: string, lock: string): boolean {
  try {
    linkSync(claim, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeStale(lock: string, claim: string, dataDir: string): void {
  const holder = readLockHolder(lock)
  if (holder && isProcessRunning(holder))
    throw new OptimizerError(
      'already-running',
      `Process ${holder.pid} already works with the data folder ${dataDir}; stop it, or set OPTIMIZER_DATA_DIR to another folder.`,
    )
  // Renamed rather than removed: of two that found the same stale lock, the slower one must not take away the new lock of the faster.
  const taken = `${claim}.stale`
  try {
    renameSync(lock, taken)
  } catch {
    return
  }
  const now = readLockHolder(taken)
  if (now && isProcessRunning(now)) tryLink(taken, lock)
  rmSync(taken)
}

function readLockHolder(lock: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(lock, 'utf8'))
  } catch {
    return null
  }
}
