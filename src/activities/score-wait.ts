import { LONGEST_SCORE_WAIT_MS } from '../analysis/trials/duration.ts'
import type { Database } from '../store/database.ts'
import { getScoreDelayMs } from '../store/recent-executions.ts'
import { findStrategy } from '../store/strategies.ts'
import type { Trial } from '../store/trials.ts'

/**
 * How much longer a trial is observed, because the scores of its last executions come late: their usual delay, milliseconds. Only an
 * objective is about scores.
 */
export async function getScoreWaitMs(db: Database, { id, agentId, observeMs, observingAt }: Trial): Promise<number> {
  const { objective } = (await findStrategy(db, id)) ?? {}
  if (!objective) return 0
  // An agent that works rarely may have had no score within the last hour.
  return observeMs === null
    ? Math.min(LONGEST_SCORE_WAIT_MS.inCycle, await getScoreDelayMs(db, agentId))
    : Math.min(LONGEST_SCORE_WAIT_MS.alone, await getScoreDelayMs(db, agentId, observingAt!))
}
