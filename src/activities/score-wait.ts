import type { Database } from '../store/database.ts'
import { getScoreDelayMs } from '../store/recent-executions.ts'
import { findStrategy } from '../store/strategies.ts'
import type { Trial } from '../store/trials.ts'

/** The longest that a trial waits for scores after its observation: within a cycle, and outside one. */
const longestWaitMs = { inCycle: 60_000, alone: 3_600_000 }

/**
 * How much longer a trial is observed, because the scores of its last executions come late: their usual delay, milliseconds. Only an
 * objective is about scores.
 */
export async function getScoreWaitMs(db: Database, { id, agentId, observeMs, observingAt }: Trial): Promise<number> {
  const { objective } = (await findStrategy(db, id)) ?? {}
  if (!objective) return 0
  // An agent that works rarely may have had no score within the last hour.
  return observeMs === null
    ? Math.min(longestWaitMs.inCycle, await getScoreDelayMs(db, agentId))
    : Math.min(longestWaitMs.alone, await getScoreDelayMs(db, agentId, observingAt!))
}
