import { findAlertMetric } from '../../../model/alert-threshold.ts'
import { type Anomaly, findExternalCause } from '../../../model/anomaly.ts'
import { describeAnomaly, describeCause } from '../../../model/anomaly-text.ts'
import { type Bottleneck, getBottleneckMetric } from '../../../model/bottleneck.ts'
import { isJudged } from '../../../model/judged-metric.ts'
import { getMetric } from '../../../model/metric.ts'
import { findObjective, getObjectiveMetric } from '../../../model/objective.ts'
import { readProfileMetric, type Snapshot } from '../../../model/profile.ts'
import type { FleetFacts } from '../../eligibility/index.ts'
import type { StrategyTarget } from './targets.ts'

/**
 * Where a bottleneck must be addressed instead of where it shows: at the agent that probably causes it, by the metric that points to that
 * agent if a trial can be judged by it, else by its response time; with an objective, by its metric. Undefined if no other agent is
 * the cause.
 */
export function selectCauseTarget(
  { affectedComponent, ...bottleneck }: Bottleneck,
  anomalies: readonly Anomaly[],
  snapshot: Pick<Snapshot, 'agents'>,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
): StrategyTarget | undefined {
  const metric = getBottleneckMetric(bottleneck)
  const agents = new Map(snapshot.agents.map((agent) => [agent.agentId, agent]))
  // A shortage in the system is a shortage on its hosts.
  const isThere = (component: string) =>
    component === affectedComponent || (affectedComponent === 'system' && !agents.has(component))
  const explained = anomalies
    .filter((each) => isThere(each.component) && each.metric === metric && each.isWorse && each.endedAt === null)
    .flatMap((anomaly) => {
      const cause = findExternalCause(anomaly)
      const agent = cause && agents.get(cause.component)
      return agent ? [{ anomaly, cause, agent }] : []
    })
  if (!explained[0]) return undefined
  const { anomaly, cause, agent } = explained[0]
  const { agentId } = agent
  const grounds = `${describeAnomaly(anomaly, findAlertMetric(metric, catalogue) ?? getMetric(catalogue, metric))}, ${describeCause(anomaly)}`
  const objective = findObjective(objectives, agent)
  if (objective) return { agentId, metric: getObjectiveMetric(objective), objective, derivedFrom: objective, grounds }
  const named = catalogue.get(cause.metric)
  const isUsable = named !== undefined && isJudged(named) && readProfileMetric(named.name, agent) !== undefined
  return { agentId, metric: isUsable ? named.name : 'responseTime', grounds }
}
