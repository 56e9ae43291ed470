import { formatLabelWithArticle, joinWithAnd } from '../../model/format.ts'
import type { MetricHistory } from '../../model/history.ts'
import { builtInCatalogue, getMetric, type MetricCatalogue, type MetricName } from '../../model/metric.ts'
import { findObjective, listObjectiveMetrics, type Objective } from '../../model/objective.ts'
import { findAgentProfileValue, hasLiveInstance, type Snapshot } from '../../model/profile.ts'

/** A metric that an agent's objective names but that is not reported. */
export interface SilentMetric {
  agentId: string
  metric: MetricName
  label: string
  /** Its name within a sentence. */
  named: string
}

/** Executions after which a metric is missing rather than late: scores may follow their execution. */
const enough = 50
/** Time within which a new agent's first scores may arrive. */
const firstScoresMs = 15 * 60_000

/** The silent metrics of a snapshot's agents that work. */
export function findSilentMetrics(
  { agents }: Pick<Snapshot, 'agents'>,
  objectives: readonly Objective[],
  catalogue: MetricCatalogue = builtInCatalogue,
): SilentMetric[] {
  return agents
    .filter((agent) => hasLiveInstance(agent) && agent.decisionCount >= enough)
    .flatMap((agent) => {
      const { agentId } = agent
      const objective = findObjective(objectives, agent)
      const names = objective ? listObjectiveMetrics(objective) : []
      return names
        .filter((name) => findAgentProfileValue(name, agent) === undefined)
        .map((name) => getMetric(catalogue, name))
        .map((metric) => ({
          agentId,
          metric: metric.name,
          label: metric.label,
          named: formatLabelWithArticle(metric),
        }))
    })
}

/** Agents that are named in a sentence. */
const maxNamed = 3

/** Silent metrics, a sentence for each: "No instance of faq-bot and analyst reports the cost, so nothing is tried on them until one does." */
export function describeSilentMetrics(silent: readonly SilentMetric[]): string[] {
  return [...Map.groupBy(silent, ({ named }) => named)].map(([named, of]) => {
    const agents = of.slice(0, maxNamed).map(({ agentId }) => agentId)
    const more = of.length - agents.length
    const all = joinWithAnd(more > 0 ? [...agents, `${more} more`] : agents)
    return `No instance of ${all} reports ${named}, so nothing is tried on ${of.length > 1 ? 'them' : 'it'} until one does.${formatReportingAdvice(of[0]!.metric)}`
  })
}

/** The metrics that the client can measure for each execution, unlike the monitoring, which measures processes. */
const measuredByClient: ReadonlySet<MetricName> = new Set(['cpuMs', 'memoryMb', 'eventLoopDelayMs'])

/** How to make an agent report a metric, as a sentence that follows another; empty if it is up to the agent. */
export const formatReportingAdvice = (metric: MetricName): string =>
  measuredByClient.has(metric) ? ' Agents in TypeScript report it with measureExecutions: true in connectAgent.' : ''

/**
 * The silent metrics that are overdue: they were reported once, or cycles have seen the agent for a while. The first scores of a new
 * agent may still be on their way.
 * @param history of the silent metrics, and of the response time, which tells since when cycles see an agent
 */
export function selectOverdueMetrics(
  silent: readonly SilentMetric[],
  history: MetricHistory,
  nowMs: number,
): (SilentMetric & { wasReported: boolean })[] {
  return silent
    .map((metric) => ({ ...metric, wasReported: (history[metric.agentId]?.[metric.metric]?.length ?? 0) > 0 }))
    .filter(({ wasReported, agentId }) => wasReported || nowMs - findFirstSeen(history[agentId], nowMs) >= firstScoresMs)
}

/** When a cycle first saw an agent, as far as its history tells. */
function findFirstSeen(series: MetricHistory[string] = {}, nowMs: number): number {
  return Object.values(series).reduce((first, points) => Math.min(first, points?.[0]?.at ?? first), nowMs)
}
