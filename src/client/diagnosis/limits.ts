import type { Config } from '../../config/config.ts'
import { tryReadLimits } from '../../config/limits.ts'
import { readUnmatchedRules } from '../../reading/unmatched-limits.ts'
import { openDatabase } from '../../store/database.ts'
import { type DiagnosisFinding, failedFinding, okFinding, warningFinding } from './finding.ts'
import { withTimeout } from './with-timeout.ts'

const check = 'limits'

/** Checks the limits file: that it can be read, and that each of its rules matches an agent, a knob or a metric. */
export async function checkLimits(
  databaseUrl: string,
  config: Pick<Config, 'limitsFile' | 'dataDir' | 'metrics'>,
): Promise<DiagnosisFinding[]> {
  const limits = tryReadLimits(config)
  if (typeof limits === 'string') return [failedFinding(check, limits, 'correct the file')]
  const db = openDatabase(databaseUrl)
  try {
    const unmatched = await withTimeout(readUnmatchedRules(db, limits, config.metrics))
    if (unmatched.length === 0) return [okFinding(check, 'every rule matches an agent')]
    return [
      warningFinding(check, `these rules match no agent, knob or metric: ${unmatched.join('; ')}`, 'correct the names in them'),
    ]
  } catch {
    // PostgreSQL is away or its tables are missing, which another check reports.
    return []
  } finally {
    await db.destroy().catch(() => undefined)
  }
}
