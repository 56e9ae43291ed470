import { adaptation } from '../analysis/planning/expectation/index.ts'
import { autonomyByKind, autonomyLevel } from '../analysis/policy/autonomy.ts'
import { impactSummary, recommendations } from '../analysis/reporting/results/index.ts'
import type { Config } from '../config.ts'
import type { Activities } from '../contract/activities.ts'
import { readLimits } from '../limits.ts'
import { type CycleReport, type CycleReportAnswer, cycleReportAnswerSchema } from '../messaging/protocol.ts'
import { cycleReportSubject } from '../messaging/subjects.ts'
import { type Severity, worstSeverity } from '../model/bottleneck.ts'
import type { CycleSummary } from '../model/cycle.ts'
import { OptimizerError } from '../model/errors.ts'
import type { TrialRecord } from '../model/experience.ts'
import { bottlenecksOf } from '../store/bottlenecks.ts'
import { endCycle } from '../store/cycles.ts'
import { experience } from '../store/experience.ts'
import { resultsOfCycle } from '../store/results.ts'
import { snapshotOfCycle } from '../store/snapshots.ts'
import { recordAutonomy } from '../store/states.ts'
import { leaveStrategy } from '../store/strategies.ts'
import type { Dependencies } from './dependencies.ts'

/** The strategic orchestrator's answer is welcome, not needed. */
const answerWithinMs = 2_000

/** Closes the cycle's record and tells the strategic orchestrator, which answers with autonomy and reputation (B10, B13, B15). */
export function createReport(dependencies: Dependencies): Activities['report'] {
  const { db, config } = dependencies
  return async ({ cycleId, phases, state, left, dryRun }) => {
    const [results, snapshot, bottlenecks, trials] = await Promise.all([
      resultsOfCycle(db, cycleId),
      snapshotOfCycle(db, cycleId),
      bottlenecksOf(db, cycleId),
      experience(db),
    ])
    for (const [id, reason] of Object.entries(left)) await leaveStrategy(db, id, reason)
    const worst = worstSeverity(bottlenecks)
    const impact = impactSummary(results, Date.now())
    await endCycle(db, cycleId, { state, phases, impact })
    const report: CycleReport = {
      cycleId,
      results: results.map(({ strategy, verdict, success, actualImprovement }) => ({
        agentId: strategy.agentId,
        type: strategy.type,
        verdict,
        success,
        actualImprovement,
      })),
      recommendations: snapshot ? recommendations(snapshot, results, config.thresholds) : [],
    }
    const answer = dryRun ? undefined : await tell(dependencies, report)
    for (const [agentId, autonomy] of Object.entries(answer?.autonomy ?? {})) await recordAutonomy(db, agentId, autonomy)
    return {
      summary: {
        cycleId,
        proven: impact.successfulOptimizations,
        unproven: impact.totalOptimizations - impact.successfulOptimizations,
        worstSeverity: worst,
        autonomy: autonomyLevel(trials),
        autonomyByKind: autonomyByKind(trials),
        reputation: answer?.optimizerReputation ?? null,
        adaptation: adaptationWithin(config, trials, worst),
      },
      overallImprovement: impact.overallImprovement,
    }
  }
}

/** Undefined while the operator's limits cannot be understood: nothing is adapted then. */
function adaptationWithin(config: Config, trials: TrialRecord[], worst: Severity | null): CycleSummary['adaptation'] {
  try {
    const { minAggressiveness, maxAggressiveness } = readLimits(config)
    return { ...adaptation(trials, worst, Date.now()), limits: { minAggressiveness, maxAggressiveness } }
  } catch (error) {
    if (error instanceof OptimizerError && error.code === 'broken-limits') return undefined
    throw error
  }
}

async function tell({ nats }: Dependencies, report: CycleReport): Promise<CycleReportAnswer | undefined> {
  try {
    const message = await nats.request(cycleReportSubject, JSON.stringify(report), { timeout: answerWithinMs })
    return cycleReportAnswerSchema.parse(message.json())
  } catch {
    return undefined
  }
}
