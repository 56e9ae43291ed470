import { z } from 'zod'
import { computeCurrentMetrics } from '../analysis/observing/current-metrics.ts'
import { bottleneckSchema } from '../model/bottleneck.ts'
import { currentMetricSchema } from '../model/metric-view.ts'
import { loadRecentMetrics } from '../store/agent-metrics.ts'
import { listAgents, requireAgent } from '../store/agents.ts'
import { countBottlenecks, listRecentBottlenecks } from '../store/bottlenecks.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { listBottlenecksSince } from '../store/period.ts'
import { listScoredExecutionsByAgent } from '../store/recent-executions.ts'
import { findLatestSnapshot } from '../store/snapshots.ts'
import type { ReadingContext } from './context.ts'
import { type Page, readPage } from './listed.ts'

/** Executions of an agent that its metrics are computed from. */
const executionsPerAgent = 300

export const agentMetricsSchema = z.object({ agentId: z.string(), metrics: z.array(currentMetricSchema) })
export type AgentMetrics = z.infer<typeof agentMetricsSchema>

export const recordedBottleneckSchema = bottleneckSchema.extend({ cycleId: z.string(), detectedAt: z.date() })
export type RecordedBottleneck = z.infer<typeof recordedBottleneckSchema>

/**
 * What is known of every agent now, or of one. Six queries, no matter how many agents there are.
 * @throws OptimizerError `unknown-agent`
 */
export async function readMetrics({ db, config }: ReadingContext, agentId?: string): Promise<AgentMetrics[]> {
  if (agentId !== undefined) await requireAgent(db, agentId)
  const ids = agentId === undefined ? undefined : [agentId]
  const [catalogue, agents, executions, scored, snapshot, history] = await Promise.all([
    loadCatalogue(db, config.metrics),
    listAgents(db),
    listNewestExecutionsByAgent(db, ids, executionsPerAgent),
    listScoredExecutionsByAgent(db, ids, executionsPerAgent),
    findLatestSnapshot(db),
    loadRecentMetrics(db, agentId),
  ])
  const now = Date.now()
  const byAgent = Map.groupBy(executions, (execution) => execution.agentId)
  const scoredByAgent = Map.groupBy(scored, (execution) => execution.agentId)
  return agents
    .filter((agent) => agentId === undefined || agent.agentId === agentId)
    .map((agent) => {
      const known = {
        executions: byAgent.get(agent.agentId) ?? [],
        scored: scoredByAgent.get(agent.agentId) ?? [],
        profile: snapshot?.agents.find((profile) => profile.agentId === agent.agentId),
        takenAt: snapshot?.takenAt ?? now,
        history: history.get(agent.agentId) ?? {},
      }
      return { agentId: agent.agentId, metrics: computeCurrentMetrics(catalogue, known, now) }
    })
}

/** The bottlenecks that cycles found, newest first. */
export async function readBottlenecks({ db }: ReadingContext, limit = 50): Promise<Page<RecordedBottleneck>> {
  return await readPage(listRecentBottlenecks(db, limit), countBottlenecks(db))
}

/** The same of one component, or since a time. */
export async function readBottlenecksSince(
  { db }: ReadingContext,
  { limit = 50, ...which }: { component?: string | undefined; since?: Date | undefined; limit?: number | undefined },
): Promise<Page<RecordedBottleneck>> {
  return await listBottlenecksSince(db, { ...which, limit })
}
