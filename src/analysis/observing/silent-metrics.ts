import { withArticle } from '../../model/format.ts'
import type { MetricHistory } from '../../model/history.ts'
import { builtInCatalogue, getMetric, type MetricCatalogue } from '../../model/metric.ts'
import { findObjective, listObjectiveMetrics, type Objective } from '../../model/objective.ts'
import { isPresent, readProfileMetric, type Snapshot } from '../../model/profile.ts'

/** A metric that the objective of an agent names and nobody reports. */
export interface SilentMetric {
  agentId: string
  label: string
  /** Its name within a sentence. */
  named: string
  /** Whether it was reported within the time that is remembered. */
  wasReported: boolean
}

/** Executions, and milliseconds since a cycle first saw the agent, after which a metric is missing rather than late: scores may follow their execution. */
const enough = 50
const firstScoresMs = 15 * 60_000

/** The silent metrics of a snapshot's agents that work. */
export function findSilentMetrics(
  { agents, takenAt }: Snapshot,
  objectives: readonly Objective[],
  history: MetricHistory,
  catalogue: MetricCatalogue = builtInCatalogue,
): SilentMetric[] {
  return agents
    .filter((agent) => isPresent(agent) && agent.decisionCount >= enough)
    .flatMap((agent) => {
      const { agentId } = agent
      const objective = findObjective(objectives, agent)
      const names = objective ? listObjectiveMetrics(objective) : []
      return names
        .filter((name) => readProfileMetric(name, agent) === undefined)
        .map((name) => getMetric(catalogue, name))
        .map((metric) => ({
          agentId,
          label: metric.label,
          named: withArticle(metric),
          wasReported: (history[agentId]?.[metric.name]?.length ?? 0) > 0,
        }))
        .filter(({ wasReported }) => wasReported || takenAt - findFirstSeen(history[agentId], takenAt) >= firstScoresMs)
    })
}

/** When a cycle first saw an agent, as far as its history tells. */
function findFirstSeen(series: MetricHistory[string] = {}, takenAt: number): number {
  return Object.values(series).reduce((first, points) => Math.min(first, points?.[0]?.at ?? first), takenAt)
}
