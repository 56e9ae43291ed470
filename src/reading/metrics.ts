import { z } from 'zod'
import { computeCurrentMetrics, findMetricTarget } from '../analysis/observing/current-metrics.ts'
import { currentMetricSchema } from '../model/metric-view.ts'
import type { PairReading } from '../model/readings.ts'
import { loadRecentMetrics } from '../store/agent-metrics.ts'
import { type AgentRange, countAgents, listAgents, requireAgent } from '../store/agents.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import { loadMessageStatistics } from '../store/messages.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { listScoredExecutionsByAgent } from '../store/recent-executions.ts'
import { findLatestAgentProfiles } from '../store/snapshots.ts'
import type { ReadContext, StoredContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'

/** Executions of an agent that its metrics are computed from. */
const executionsPerAgent = 300

/** The messages that an agent sends to another one (C5). */
const sentMessagesSchema = z.object({
  to: z.string().describe('The receiver'),
  messages: z.int().describe('Number of messages sent within the last 10 minutes'),
  failed: z.int().describe('Number of messages that did not arrive'),
  deliveredRatio: z
    .number()
    .describe(
      'Share of messages that arrived, 0–1; this and the following values are computed from the latest 200 messages within a day',
    ),
  latencyMs: z.number().nullable().describe('Mean time that a message took, milliseconds'),
  negotiations: z.int(),
  agreed: z.int(),
  conflictResolutionMs: z.number().nullable().describe('Mean time until a conflict was resolved, milliseconds'),
  newestAt: z.date(),
})

export const agentMetricsSchema = z.object({
  agentId: z.string(),
  metrics: z.array(currentMetricSchema),
  sends: z.array(sentMessagesSchema).describe('Messages that the agent sent within the last day, by receiver'),
})
export type AgentMetrics = z.infer<typeof agentMetricsSchema>

/**
 * The current metrics of every agent, or of one.
 * @throws OptimizerError `unknown-agent`
 */
export async function readMetrics({ db, config }: StoredContext, agentId?: string): Promise<AgentMetrics[]> {
  if (agentId !== undefined) await requireAgent(db, agentId)
  return await readMetricsOf({ db, config }, agentId === undefined ? await listAgents(db) : [{ agentId }])
}

/** The same of a range of agents. */
export async function readMetricsPage({ db, config }: StoredContext, range: AgentRange): Promise<Page<AgentMetrics>> {
  const items = listAgents(db, range).then((agents) => readMetricsOf({ db, config }, agents))
  return await readPage(items, countAgents(db))
}

/** Six queries, no matter how many agents there are. */
async function readMetricsOf(
  { db, config }: Pick<ReadContext, 'db' | 'config'>,
  agents: readonly { agentId: string }[],
): Promise<AgentMetrics[]> {
  const ids = agents.map(({ agentId }) => agentId)
  const [catalogue, executions, scored, snapshot, history, pairs] = await Promise.all([
    loadCatalogue(db, config.metrics),
    listNewestExecutionsByAgent(db, ids, executionsPerAgent),
    listScoredExecutionsByAgent(db, ids, executionsPerAgent),
    findLatestAgentProfiles(db, ids),
    loadRecentMetrics(db, ids),
    loadMessageStatistics(db, ids),
  ])
  const now = Date.now()
  const byAgent = Map.groupBy(executions, (execution) => execution.agentId)
  const scoredByAgent = Map.groupBy(scored, (execution) => execution.agentId)
  const profiles = new Map(snapshot?.agents.map((profile) => [profile.agentId, profile]))
  return ids.map((agentId) => {
    const known = {
      executions: byAgent.get(agentId) ?? [],
      scored: scoredByAgent.get(agentId) ?? [],
      profile: profiles.get(agentId),
      takenAt: snapshot?.takenAt ?? now,
      history: history.get(agentId) ?? {},
    }
    const sends = pairs.filter(({ fromAgent }) => fromAgent === agentId).map(toSentMessages)
    const metrics = computeCurrentMetrics(catalogue, known, now).map((metric) => {
      const target = findMetricTarget(metric, config.thresholds)
      return target ? { ...metric, target } : metric
    })
    return { agentId, metrics, sends }
  })
}

const toSentMessages = (pair: PairReading): AgentMetrics['sends'][number] => ({
  to: pair.toAgent,
  messages: pair.volume.sent,
  failed: pair.volume.failed,
  deliveredRatio: pair.delivered / pair.messages,
  latencyMs: pair.latencyMs.mean,
  negotiations: pair.negotiations,
  agreed: pair.agreed,
  conflictResolutionMs: pair.conflictResolutionMs.mean,
  newestAt: new Date(pair.at),
})
