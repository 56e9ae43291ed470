import { findAlertMetric } from '../../../model/alert-threshold.ts'
import { type Anomaly, type AnomalyCause, findExternalCause } from '../../../model/anomaly.ts'
import { describeAnomaly, describeCause } from '../../../model/anomaly-text.ts'
import { type Bottleneck, getBottleneckMetric } from '../../../model/bottleneck.ts'
import { isUsableForJudging } from '../../../model/judged-metric.ts'
import { getMetric } from '../../../model/metric.ts'
import { findObjective, getObjectiveMetric } from '../../../model/objective.ts'
import { findAgentProfileValue, type Snapshot } from '../../../model/profile.ts'
import type { FleetFacts } from '../../eligibility/index.ts'
import type { StrategyTarget } from './targets.ts'

/**
 * Where a bottleneck must be addressed instead of where it shows: at the agent that probably causes it, by the metric that points to that
 * agent if a trial can be judged by it, else by its response time; with an objective, by its metric. Undefined if no other agent is
 * the cause.
 */
export function selectCauseTarget(
  bottleneck: Bottleneck,
  anomalies: readonly Anomaly[],
  snapshot: Pick<Snapshot, 'agents'>,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
): StrategyTarget | undefined {
  const agents = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
  const explained = listExplained(bottleneck, anomalies, agents).flatMap(({ anomaly, cause }) => {
    const agent = agents.get(cause.component)
    return agent ? [{ anomaly, cause, agent }] : []
  })
  if (!explained[0]) return undefined
  const { anomaly, cause, agent } = explained[0]
  const { agentId } = agent
  const grounds = explain(anomaly, catalogue)
  const objective = findObjective(objectives, agent)
  if (objective) return { agentId, metric: getObjectiveMetric(objective), objective, derivedFrom: objective, grounds }
  const named = catalogue.get(cause.metric)
  const isUsable = named !== undefined && isUsableForJudging(named) && findAgentProfileValue(named.name, agent) !== undefined
  return { agentId, metric: isUsable ? named.name : 'responseTime', grounds }
}

/** Why a bottleneck is addressed where it shows although something else probably causes it; undefined if nothing does. */
export function explainUnreachableCause(
  bottleneck: Bottleneck,
  anomalies: readonly Anomaly[],
  { agents }: Pick<Snapshot, 'agents'>,
  { catalogue }: Pick<FleetFacts, 'catalogue'>,
): string | undefined {
  const [explained] = listExplained(bottleneck, anomalies, new Map(agents.map((agent) => [agent.agentId, agent])))
  if (!explained) return undefined
  const { anomaly, cause } = explained
  return `${explain(anomaly, catalogue)}; ${cause.component} is not an agent that can be tuned now, so the bottleneck is addressed where it shows`
}

/** The anomalies that are the same as a bottleneck, and that something else causes. */
function listExplained(
  { affectedComponent, ...bottleneck }: Bottleneck,
  anomalies: readonly Anomaly[],
  agents: ReadonlyMap<string, unknown>,
): { anomaly: Anomaly; cause: AnomalyCause }[] {
  const metric = getBottleneckMetric(bottleneck)
  // A shortage in the system is a shortage on its hosts.
  const isThere = (component: string) =>
    component === affectedComponent || (affectedComponent === 'system' && !agents.has(component))
  return anomalies
    .filter((each) => isThere(each.component) && each.metric === metric && each.isWorse && each.endedAt === null)
    .flatMap((anomaly) => {
      const cause = findExternalCause(anomaly)
      return cause ? [{ anomaly, cause }] : []
    })
}

const explain = (anomaly: Anomaly, catalogue: FleetFacts['catalogue']) =>
  `${describeAnomaly(anomaly, findAlertMetric(anomaly.metric, catalogue) ?? getMetric(catalogue, anomaly.metric))}, ${describeCause(anomaly)}`
