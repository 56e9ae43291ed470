import { statfsSync } from 'node:fs'
import { describeError, OptimizerError } from '../model/errors.ts'
import { mentionsFullDisk } from './failure-line.ts'

/** A server that fails with less than this was short of it: its own log, which would say so, is on the same disk. */
const minBytes = 16 * 2 ** 20

/**
 * Starts a server, and says so where a full disk prevents it.
 * @param start what is done on the disk of `dataDir`
 * @throws OptimizerError `disk-full`, and what `start` throws
 */
export async function startWithDiskCheck<T>(title: string, dataDir: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (cause) {
    if (!isOfFullDisk(cause) && countFreeBytes(dataDir) >= minBytes) throw cause
    throw new OptimizerError(
      'disk-full',
      `${title} cannot start, because the disk that holds ${dataDir} is full; free some space there, or set OPTIMIZER_DATA_DIR to a folder on another disk.`,
      { cause },
    )
  }
}

/** By the operating system, by PostgreSQL, or by a program that was started. */
const isOfFullDisk = (error: unknown) =>
  ['ENOSPC', '53100'].includes((error as { code?: string }).code ?? '') || mentionsFullDisk(describeError(error))

function countFreeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Infinity
  }
}
