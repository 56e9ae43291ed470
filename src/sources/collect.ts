import { combineProfiles } from '../analysis/observing/profiles/combine.ts'
import type { PortfolioGoal } from '../analysis/observing/profiles/market.ts'
import { describeError } from '../model/errors.ts'
import type { Snapshot, SourceName } from '../model/profile.ts'
import { listAgentReadings } from '../store/agent-readings.ts'
import { communicationSource } from './communication.ts'
import { databaseSource } from './database.ts'
import { liveStateSource } from './live-state.ts'
import { type FailedQuery, type PrometheusReading, prometheusSource } from './prometheus.ts'
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

/** A source that the snapshot lacks for every agent, and why. */
export interface UnavailableSource {
  source: SourceName
  reason: string
}

/** An agent whose data is missing from the snapshot because it cannot be processed, and why. */
export interface AgentWithUnusableData {
  agentId: string
  reason: string
}

/**
 * Reads all sources in parallel, Prometheus too if it is configured, and combines them into one profile per agent (B2, B3, C7). A source
 * that fails or times out leaves gaps in the profiles and is named; only the list of agents is indispensable. An agent whose data makes a source fail
 * leaves a gap only in its own profile, and a query that fails one in its own metric.
 * @throws the database's error if the list of agents cannot be read
 */
export async function collectSnapshot({
  goal,
  from = defaultSources,
  timeoutMs = sourceTimeoutMs,
  ...request
}: SourceRequest & { goal: PortfolioGoal; from?: typeof defaultSources; timeoutMs?: number }): Promise<
  Omit<Snapshot, 'id'> & { unusable: AgentWithUnusableData[]; unavailable: UnavailableSource[]; failedQueries: FailedQuery[] }
> {
  const { db, now } = request
  const listing = listAgentReadings(db, now, request.agentIds)
  const unusable: AgentWithUnusableData[] = []
  const unavailable: UnavailableSource[] = []
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
    ).catch((error) => {
      unavailable.push({ source: source.name, reason: describeError(error) })
      return undefined
    })
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
  const unmatched =
    request.agentIds || !queried ? [] : findUnmatchedQueries(queried, new Set(agents.map(({ agentId }) => agentId)))
  return { takenAt: now, ...combined, unusable, unavailable, failedQueries: [...(queried?.failed ?? []), ...unmatched] }
}

/** The queries all of whose values belong to agents that are not known. Those of some may well be: of services that are no agents. */
function findUnmatchedQueries({ values, failed }: PrometheusReading, known: ReadonlySet<string>): FailedQuery[] {
  return [...Map.groupBy(values, ({ metric }) => metric)]
    .filter(([metric, all]) => !all.some(({ agentId }) => known.has(agentId)) && !failed.some((each) => each.metric === metric))
    .map(([metric, all]) => ({
      metric,
      reason: `none of its ${all.length} series belongs to a known agent; the first belongs to ${all[0]!.agentId}`,
      isPartial: false,
    }))
}

/** @throws the error of the work, or one that says that it took too long */
async function withTimeout<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${timeoutMs / 1_000} s`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
