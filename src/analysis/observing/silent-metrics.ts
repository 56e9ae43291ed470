import { withArticle } from '../../model/format.ts'
import { builtInCatalogue, getMetric, type MetricCatalogue, type MetricName } from '../../model/metric.ts'
import { findObjective, listObjectiveMetrics, type Objective } from '../../model/objective.ts'
import { isPresent, readProfileMetric, type Snapshot } from '../../model/profile.ts'

/** A metric that the objective of an agent names and nobody reports. */
export interface SilentMetric {
  agentId: string
  metric: MetricName
  label: string
  /** Its name within a sentence. */
  named: string
}

/** Executions after which a metric is missing rather than late: scores may follow their execution. */
const enough = 50

/** The silent metrics of a snapshot's agents that work. */
export function findSilentMetrics(
  { agents }: Snapshot,
  objectives: readonly Objective[],
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
          metric: metric.name,
          label: metric.label,
          named: withArticle(metric),
        }))
    })
}
