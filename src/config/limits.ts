import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OptimizerError } from '../model/errors.ts'
import { type Limits, limitsSchema, noLimits } from '../model/limits.ts'
import type { Config } from './config.ts'

/**
 * Reads the operator's current limits. A missing file means no limits, unless the configuration names it.
 * @throws OptimizerError `broken-limits`: invalid limits are never taken for permission.
 */
export function readLimits({ limitsFile, dataDir }: Pick<Config, 'limitsFile' | 'dataDir'>): Limits {
  const file = limitsFile ?? join(dataDir, 'limits.json')
  const text = read(file, limitsFile === undefined)
  if (text === undefined) return noLimits
  const parsed = limitsSchema.safeParse(json(file, text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw broken(file, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
}

/** The operator's limits, or the message that says why they cannot be read. */
export function tryReadLimits(config: Pick<Config, 'limitsFile' | 'dataDir'>): Limits | string {
  try {
    return readLimits(config)
  } catch (error) {
    if (error instanceof OptimizerError && error.code === 'broken-limits') return error.message
    throw error
  }
}

function read(file: string, mayBeMissing: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' && mayBeMissing) return undefined
    throw broken(file, code === 'ENOENT' ? 'the configuration names it, but it does not exist' : message)
  }
}

function json(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw broken(file, `it is not valid JSON: ${(cause as Error).message}`)
  }
}

function broken(file: string, problem: string): OptimizerError {
  return new OptimizerError(
    'broken-limits',
    `The optimizer tries nothing while the limits in ${file} are invalid: ${problem}; correct the file.`,
  )
}
