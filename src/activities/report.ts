import { log } from '@temporalio/activity'
import { decideAdaptation, selectTrialsOfLiveAgents } from '../analysis/policy/adaptation.ts'
import { computeAutonomy, computeAutonomyByKind, selectNonDefaultAutonomy } from '../analysis/policy/autonomy.ts'
import { buildRecommendations, summarizeImpact } from '../analysis/reporting/results/index.ts'
import type { Config } from '../config/config.ts'
import { readLimits } from '../config/limits.ts'
import type { Activities, ReportResult } from '../contract/activities.ts'
import type { CycleReport, CycleReportResponse } from '../messaging/orchestrator-protocol.ts'
import { findWorstSeverity, type Severity, severityRank } from '../model/bottleneck.ts'
import type { Recommendation } from '../model/capacity.ts'
import type { CycleSummary } from '../model/cycle.ts'
import { OptimizerError } from '../model/errors.ts'
import type { FinishedTrial } from '../model/finished-trial.ts'
import { describeHighLoad } from '../model/host-load.ts'
import type { Policy } from '../model/policy.ts'
import type { Snapshot } from '../model/profile.ts'
import type { Reassessment } from '../model/reassessment.ts'
import { toResultDigest } from '../model/result.ts'
import { readAllocationRecommendations } from '../reading/capacity.ts'
import { findActivityAnswer, writeOutcomeOnce } from '../store/activity-answers.ts'
import { listBottlenecks } from '../store/bottlenecks.ts'
import { recordCycleEnd } from '../store/cycles.ts'
import { loadExperience } from '../store/experience.ts'
import { listHostLoads } from '../store/host-load.ts'
import { loadRecordedPolicy } from '../store/policy-changes.ts'
import { recordRecommendations } from '../store/recommendations.ts'
import { listCycleResults } from '../store/results.ts'
import { findCycleSnapshot } from '../store/snapshots.ts'
import { recordAutonomy } from '../store/states.ts'
import { markStrategySkipped } from '../store/strategies.ts'
import { listUnreportedResults, markResultsReported, type UnreportedResult } from '../store/unreported-results.ts'
import type { Dependencies } from './dependencies.ts'
import { sendCycleReport } from './send-cycle-report.ts'

/** Entries of each list in a report, which has to fit into a message. */
const maxEntries = 100
/** Results that it has; the next has the others. */
const maxResults = 500
/** Agents whose efficiency it has. */
const maxEfficiencies = 1_000

/**
 * Reports the outcome of a cycle to the strategic orchestrator, with every result that it does not know yet. It answers with autonomy
 * and reputation. Closes the cycle's record (B10, B13, B15). A repeated attempt leaves the same rows and returns the same answer. The
 * orchestrator may be notified twice: results that it has not answered are sent again.
 */
export function createReportActivity(dependencies: Dependencies): Activities['report'] {
  const { db, nats, config } = dependencies
  return async ({ cycleId, runId, phases, state, left, dryRun }) => {
    const key = `report ${cycleId}/${runId}`
    const answered = await findActivityAnswer<ReportResult>(db, key)
    if (answered) return answered
    const [results, unreported, snapshot, bottlenecks, trials, hosts] = await Promise.all([
      listCycleResults(db, cycleId),
      listUnreportedResults(db, maxResults),
      findCycleSnapshot(db, cycleId),
      listBottlenecks(db, cycleId),
      loadExperience(db),
      listHostLoads(db, Date.now()),
    ])
    const highLoad = describeHighLoad(hosts, config.trials.highLoadPercent)
    const worst = findWorstSeverity(bottlenecks)
    const recommended = snapshot ? buildRecommendations(snapshot, results, config.thresholds) : []
    const impact = summarizeImpact(results.map(toResultDigest), Date.now())
    const report: CycleReport = {
      cycleId,
      results: unreported.map(toReported),
      recommendations: recommended.slice(0, maxEntries).map(({ text }) => text),
      bottlenecks: bottlenecks.toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity]).slice(0, maxEntries),
      allocations: [...recommended, ...(await readAllocations(dependencies))].slice(0, maxEntries),
      efficiency: {
        trials: impact.totalOptimizations,
        successful: impact.successfulOptimizations,
        successRate: impact.successRate,
        overallImprovement: impact.overallImprovement,
        resourceEfficiency: listResourceEfficiency(snapshot),
      },
      system: snapshot?.system,
    }
    const answer = dryRun
      ? undefined
      : await sendCycleReport(nats, report, { answerMs: config.orchestratorAnswerMs, warn: (problem) => log.warn(problem) })
    const reassessment = answer && compareStandings(answer, snapshot, await loadRecordedPolicy(db))
    const adaptation = decideAdaptationWithinLimits(config, selectTrialsOfLiveAgents(trials, snapshot?.agents), worst, highLoad)
    return await writeOutcomeOnce(db, key, async (trx) => {
      for (const [id, reason] of Object.entries(left)) await markStrategySkipped(trx, id, reason)
      await recordCycleEnd(trx, cycleId, { state, phases, impact, reassessment })
      // One that failed before it measured anything recommends nothing in place of an earlier one.
      if (snapshot) await recordRecommendations(trx, cycleId, recommended)
      if (answer) await markResultsReported(trx, unreported)
      for (const [agentId, autonomy] of Object.entries(answer?.autonomy ?? {})) await recordAutonomy(trx, agentId, autonomy)
      return {
        summary: {
          cycleId,
          proven: impact.successfulOptimizations,
          unproven: impact.totalOptimizations - impact.successfulOptimizations,
          worstSeverity: worst,
          autonomy: computeAutonomy(trials),
          autonomyByKind: selectNonDefaultAutonomy(computeAutonomyByKind(trials)),
          reputation: answer?.optimizerReputation ?? null,
          adaptation,
        },
        overallImprovement: impact.overallImprovement,
      }
    })
  }
}

const toReported = ({ result, cycleId }: UnreportedResult): CycleReport['results'][number] => ({
  strategyId: result.strategy.id,
  cycleId,
  agentId: result.strategy.agentId,
  type: result.strategy.type,
  verdict: result.verdict,
  success: result.success,
  actualImprovement: result.actualImprovement,
  at: result.timestamp,
  ...(result.undone && { undone: result.undone }),
})

/** The orchestrator's changes to the autonomy that the cycle collected, and to the optimizer's reputation. */
function compareStandings(
  { autonomy, optimizerReputation }: CycleReportResponse,
  snapshot: Snapshot | undefined,
  { reputation }: Policy,
): Reassessment {
  const known = new Map(snapshot?.agents.map((agent) => [agent.agentId, agent.autonomy]))
  const changes = Object.entries(autonomy).map(([agentId, to]) => [agentId, { from: known.get(agentId) ?? to, to }] as const)
  return {
    autonomy: Object.fromEntries(changes.filter(([, { from, to }]) => from !== to)),
    reputation: reputation === optimizerReputation ? null : { from: reputation, to: optimizerReputation },
  }
}

/** By agent, the least efficient ones. */
function listResourceEfficiency(snapshot: Snapshot | undefined): Record<string, number> {
  const known = (snapshot?.agents ?? []).flatMap(({ agentId, resourceEfficiency }) =>
    resourceEfficiency === null ? [] : [[agentId, resourceEfficiency] as const],
  )
  return Object.fromEntries(known.sort(([, a], [, b]) => a - b).slice(0, maxEfficiencies))
}

/** None if they cannot be computed now: a cycle must not fail because of a recommendation. */
async function readAllocations({ db, config }: Dependencies): Promise<Recommendation[]> {
  try {
    return await readAllocationRecommendations({ db, config })
  } catch (error) {
    log.warn('The capacity could not be computed', { error })
    return []
  }
}

/** Undefined, without adaptation, while the operator's limits cannot be read. */
function decideAdaptationWithinLimits(
  config: Config,
  trials: readonly FinishedTrial[],
  worst: Severity | null,
  highLoad: string | undefined,
): CycleSummary['adaptation'] {
  try {
    const { minAggressiveness, maxAggressiveness } = readLimits(config)
    return { ...decideAdaptation(trials, worst, Date.now(), highLoad), limits: { minAggressiveness, maxAggressiveness } }
  } catch (error) {
    if (error instanceof OptimizerError && error.code === 'broken-limits') return undefined
    throw error
  }
}
