import { buildRecommendations, computeCumulativeImprovement, summarizeImpact } from '../src/analysis/reporting/results/index.ts'
import { type StandingResult, toResultDigest } from '../src/model/result.ts'
import { defaultThresholds } from '../src/model/thresholds.ts'
import { now, syntheticFleet } from './synthetic-fleet.ts'
import { type Bench, medianTime } from './timing.ts'

const measured = { samples: 120, responseTimeP50: 1000, responseTimeMean: 1100, successRate: 0.7, coordinationScore: 0.6 }

/** Five results for each of `size` agents. */
function results(size: number): StandingResult[] {
  return Array.from({ length: size * 5 }, (_, i) => ({
    strategy: {
      id: `opt_${now}_${i}`,
      type: 'agent_response_time',
      priority: 'high',
      targetComponent: `agent-${i % size}`,
      agentId: `agent-${i % size}`,
      targetMetric: 'responseTime',
      description: '',
      expectedImprovement: 10,
      implementationTime: 120_000,
      actions: [],
      successMetrics: [],
      rollbackPlan: '',
    },
    executionTime: 60_000,
    success: i % 2 === 0,
    actualImprovement: 12,
    interval: [8, 16],
    promised: null,
    design: 'concurrent',
    judged: true,
    reason: 'response time is better',
    verdict: i % 2 === 0 ? 'keep' : 'undecided',
    samples: { control: 120, candidate: 120 },
    metrics: { before: measured, after: measured },
    issues: [],
    timestamp: new Date(now).toISOString(),
    standing: 'in-force',
  }))
}

export const report: Bench = {
  name: 'report',
  async run() {
    return [3, 200].map((size) => {
      const fleet = syntheticFleet(size)
      const all = results(size)
      const medianMs = medianTime(() => {
        const byAgent = Map.groupBy(all, ({ strategy }) => strategy.agentId)
        return [
          summarizeImpact(all.map(toResultDigest), now),
          buildRecommendations(fleet, all, defaultThresholds),
          [...byAgent.values()].map(computeCumulativeImprovement),
        ]
      })
      return { what: `report, ${size} agents, ${all.length} results`, medianMs, goalMs: 10 }
    })
  },
}
