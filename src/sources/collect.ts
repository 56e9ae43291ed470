import { combineProfiles } from '../analysis/observing/profiles/combine.ts'
import type { Goal } from '../analysis/observing/profiles/market.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import type { Snapshot } from '../model/profile.ts'
import { listAgentReadings } from '../store/agent-readings.ts'
import { communicationSource } from './communication.ts'
import { databaseSource } from './database.ts'
import { liveStateSource } from './live-state.ts'
import { type FailedQuery, prometheusSource } from './prometheus.ts'
import { readIsolated } from './read-isolated.ts'
import { selfReportSource } from './self-report.ts'
import type { Source, SourceRequest } from './source.ts'
import { systemSource } from './system/index.ts'

/** A source that takes longer is missing from the snapshot. */
const sourceTimeoutMs = 5_000

/** The five sources; a test or an installation may substitute others. */
export const defaultSources = {
  database: databaseSource,
  liveState: liveStateSource,
  system: systemSource,
  communication: communicationSource,
  selfReport: selfReportSource,
  prometheus: prometheusSource,
}

/** An agent whose data is missing from the snapshot because it cannot be processed, and why. */
export interface UnusableData {
  agentId: string
  reason: string
}

/**
 * Reads all sources in parallel, Prometheus too if it is configured, and combines them into one profile per agent (B2, B3, C7). A source
 * that fails or times out leaves gaps in the profiles; only the list of agents is indispensable. An agent whose data makes a source fail
 * leaves a gap only in its own profile, and a query that fails one in its own metric.
 * @throws the database's error if the list of agents cannot be read
 */
export async function collectSnapshot({
  goal,
  from = defaultSources,
  timeoutMs = sourceTimeoutMs,
  ...request
}: SourceRequest & { goal: Goal; from?: typeof defaultSources; timeoutMs?: number }): Promise<
  Omit<Snapshot, 'id'> & { unusable: UnusableData[]; failedQueries: FailedQuery[] }
> {
  const { db, now } = request
  const listing = listAgentReadings(db, new Date(now - livenessTimeoutMs), request.agentIds)
  const unusable: UnusableData[] = []
  const note = (agentId: string, source: string, error: unknown) =>
    unusable.push({ agentId, reason: `${source}: ${error instanceof Error ? error.message : error}` })
  const readWithGaps = async <Reading>(source: Source<Reading>) => {
    const agentIds = (await listing).map(({ agentId }) => agentId)
    const { reading, unreadable } = await readIsolated(source, { ...request, agentIds })
    for (const { agentId, error } of unreadable) note(agentId, source.name, error)
    return reading
  }
  const read = <Reading>(source: Source<Reading>) =>
    withTimeout(
      timeoutMs,
      source.read(request).catch(() => readWithGaps(source)),
    )
  const [agents, ...readings] = await Promise.all([
    listing,
    read(from.database),
    read(from.liveState),
    read(from.system),
    read(from.communication),
    read(from.selfReport),
    request.prometheus ? read(from.prometheus) : null,
  ])
  const [databaseReading, states, host, pairs, reports, queried] = readings
  const combined = combineProfiles(
    agents,
    {
      database: databaseReading,
      liveState: states,
      system: host,
      communication: pairs,
      selfReport: reports,
      prometheus: request.prometheus && (queried?.values ?? []),
    },
    { goal, now, onUnusable: (agentId, error) => note(agentId, 'profile', error) },
  )
  return { takenAt: now, ...combined, unusable, failedQueries: queried?.failed ?? [] }
}

/** Resolves to undefined if the work fails or times out. */
async function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
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
