import type { Recommendation } from '../../../model/capacity.ts'
import { omitOutdatedFigures } from '../../../model/current-figures.ts'
import { formatRatio } from '../../../model/format.ts'
import { type AgentProfile, hasLiveInstance, type Snapshot } from '../../../model/profile.ts'
import type { OptimizationResult } from '../../../model/result.ts'
import type { Thresholds } from '../../../model/thresholds.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'

/** Resource efficiency above which more resources are well spent. */
const highEfficiency = 0.8
/** Performance score (C3) below which an agent performs poorly. */
const poorPerformance = 0.5

/**
 * Recommendations to the strategic orchestrator (B13), in the sentences of document 000:
 * less autonomy for an agent with a critical success rate or a performance score below 50%, unless a result improved it;
 * more resources for an agent with a resource efficiency of at least 80% that meets its success rate;
 * better coordination if the cooperation score of the system, or else the mean of its agents, is below the threshold.
 * Agents without a live instance and figures that are too old are left out.
 */
export function buildRecommendations(
  snapshot: Snapshot,
  results: readonly OptimizationResult[],
  thresholds: Thresholds,
): Recommendation[] {
  const improved = new Set(results.filter(({ success }) => success).map(({ strategy }) => strategy.agentId))
  const agents = snapshot.agents.filter(hasLiveInstance).map(omitOutdatedFigures)
  const poor = agents.filter((agent) => isPoor(agent, thresholds) && !improved.has(agent.agentId))
  const efficient = agents.filter((agent) => isEfficient(agent, thresholds))
  const cooperation =
    snapshot.system.coordination.cooperationScore ?? meanIgnoringNulls(agents.map(({ coordinationScore }) => coordinationScore))
  return [
    ...poor.map((agent): Recommendation => {
      const { agentId, successRate, performanceScore } = agent
      return {
        kind: 'reduce-autonomy',
        subject: agentId,
        text: `Reduce autonomy for agent ${agentId} (poor performance)`,
        evidence: [
          `Its success rate is ${formatRatio(successRate)}; below ${formatRatio(thresholds.successRateCritical)} is critical.`,
          `Its performance score is ${formatRatio(performanceScore)}; below ${formatRatio(poorPerformance)} is poor.`,
          'No trial of the cycle improved it.',
        ],
      }
    }),
    ...efficient.map(
      ({ agentId, resourceEfficiency, successRate }): Recommendation => ({
        kind: 'increase-resources',
        subject: agentId,
        text: `Increase resources for agent ${agentId} (high efficiency)`,
        evidence: [
          `Its resource efficiency is ${formatRatio(resourceEfficiency)}, at least ${formatRatio(highEfficiency)}.`,
          `Its success rate is ${formatRatio(successRate)}, at least ${formatRatio(thresholds.successRate)}.`,
        ],
      }),
    ),
    ...(below(cooperation, thresholds.coordinationScore) ? [improveCoordination(cooperation, thresholds)] : []),
  ]
}

const improveCoordination = (cooperation: number | null, thresholds: Thresholds): Recommendation => ({
  kind: 'improve-coordination',
  subject: 'system',
  text: 'System-wide coordination needs improvement',
  evidence: [`The cooperation score is ${formatRatio(cooperation)}, below ${formatRatio(thresholds.coordinationScore)}.`],
})

function isPoor(agent: AgentProfile, thresholds: Thresholds): boolean {
  return below(agent.successRate, thresholds.successRateCritical) || below(agent.performanceScore, poorPerformance)
}

function isEfficient(agent: AgentProfile, thresholds: Thresholds): boolean {
  return (agent.resourceEfficiency ?? 0) >= highEfficiency && (agent.successRate ?? 0) >= thresholds.successRate
}

const below = (value: number | null, threshold: number) => value !== null && value < threshold
