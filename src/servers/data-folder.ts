import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OptimizerError } from '../model/errors.ts'
import { findProcessIdentity, isProcessRunning, type ProcessIdentity } from './process-identity.ts'

/**
 * Locks the data folder for this process, creating the folder if necessary. The lock of a dead process does not count.
 * @returns the function that releases the lock
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
        'set OPTIMIZER_DATA_DIR to a writable folder on a local file system.',
      { cause },
    )
  }
  return () => rmSync(lock, { force: true })
}

/** A link appears with its content or not at all, so no process reads a half-written lock. */
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
      `Process ${holder.pid} is already using the data folder ${dataDir}; stop it, or set OPTIMIZER_DATA_DIR to another folder.`,
    )
  // Renamed rather than removed: if two processes find the same stale lock, the slower must not remove the new lock of the faster.
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
