import type { Strategy } from '../model/strategy.ts'
import type { Database } from '../store/database.ts'
import { getScoreDelayMs } from '../store/recent-executions.ts'
import { findStrategy } from '../store/strategies.ts'
import type { Trial } from '../store/trials.ts'

/** The longest that a trial waits for scores after its observation: within a cycle, and outside one. */
const longestWaitMs = { inCycle: 60_000, alone: 3_600_000 }

/** How long the scores of a trial's executions usually take, milliseconds; 0 without an objective, since only one is about scores. */
export async function findScoreDelayMs(
  db: Database,
  { agentId, observeMs, observingAt }: Trial,
  { objective }: Strategy,
): Promise<number> {
  if (!objective) return 0
  // An agent that works rarely may have had no score within the last hour.
  return await getScoreDelayMs(db, agentId, observeMs === null ? undefined : observingAt!)
}

/** How much longer a trial is observed, because the scores of its last executions come late: their usual delay, milliseconds. */
export async function getScoreWaitMs(db: Database, trial: Trial): Promise<number> {
  const strategy = (await findStrategy(db, trial.id))!
  const longest = trial.observeMs === null ? longestWaitMs.inCycle : longestWaitMs.alone
  return Math.min(longest, await findScoreDelayMs(db, trial, strategy))
}
