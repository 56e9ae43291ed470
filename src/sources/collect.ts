import { randomUUID } from 'node:crypto'
import { combineProfiles } from '../analysis/observing/profiles/combine.ts'
import type { Goal } from '../analysis/observing/profiles/market.ts'
import { silentAfterMs } from '../model/liveness.ts'
import type { Snapshot } from '../model/profile.ts'
import { roster } from '../store/roster.ts'
import { communication } from './communication.ts'
import { database } from './database.ts'
import { liveState } from './live-state.ts'
import { selfReport } from './self-report.ts'
import type { Source, SourceRequest } from './source.ts'
import { system } from './system/index.ts'

/** A source that takes longer is missing from the snapshot. */
const sourceTimeoutMs = 5_000

/** The five sources; a test or an installation may put others in their places. */
export const sources = { database, liveState, system, communication, selfReport }

/**
 * Reads all sources side by side and combines them into one profile an agent (B2, B3, C7). A source that fails or is
 * late degrades the profiles, never the snapshot; only without the list of agents there is none.
 * @throws what the database throws when the list of agents cannot be read
 */
export async function collectSnapshot({
  goal,
  from = sources,
  timeoutMs = sourceTimeoutMs,
  ...request
}: SourceRequest & { goal: Goal; from?: typeof sources; timeoutMs?: number }): Promise<Snapshot> {
  const { db, now, agentIds } = request
  const read = <Reading>(source: Source<Reading>) => within(timeoutMs, source.read(request))
  const [agents, ...readings] = await Promise.all([
    roster(db, new Date(now - silentAfterMs), agentIds),
    read(from.database),
    read(from.liveState),
    read(from.system),
    read(from.communication),
    read(from.selfReport),
  ])
  const [databaseReading, states, host, pairs, reports] = readings
  const combined = combineProfiles(
    agents,
    { database: databaseReading, liveState: states, system: host, communication: pairs, selfReport: reports },
    { goal, now },
  )
  return { id: randomUUID(), takenAt: now, ...combined }
}

/** Undefined when the work fails or is not done in time. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined)
  })
  try {
    return await Promise.race([work, late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
