import { aggressivenessWithin } from '../analysis/eligibility/index.ts'
import { detectBottlenecks } from '../analysis/observing/detection.ts'
import { rankStrategies } from '../analysis/planning/ranking.ts'
import { generateStrategies } from '../analysis/planning/strategies/index.ts'
import type { Activities } from '../contract/activities.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { type Bottleneck, worstSeverity } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { loadEligibilityRecord } from '../reading/eligibility.ts'
import { loadMetricHistory } from '../store/agent-metrics.ts'
import { loadKnobsByAgent } from '../store/agents.ts'
import { insertBottlenecks } from '../store/bottlenecks.ts'
import { recordCycleSkips, updateCyclePhases } from '../store/cycles.ts'
import { loadExperience } from '../store/experience.ts'
import { listCommunicatingPairs, loadMessageStatistics } from '../store/messages.ts'
import { findSnapshot } from '../store/snapshots.ts'
import { insertStrategies } from '../store/strategies.ts'
import { alertLimits } from './alert-limits.ts'
import type { Dependencies } from './dependencies.ts'
import { toStrategyRef } from './strategy-ref.ts'

/** No cycle has time for more; the rest is found again by the next one. */
const strategiesPerCycle = 20
const hourMs = 3_600_000
/** Applying, putting back and concluding, on top of the observation. */
const trialOverheadMs = 15_000

/** Finds what holds the fleet back and what to try against it, best first (B4–B7). */
export function createDetect({ db, nats, config }: Dependencies): Activities['detect'] {
  return async ({ cycleId, snapshotId, policy }) => {
    const snapshot = await findSnapshot(db, snapshotId)
    if (!snapshot) throw new OptimizerError('unknown-snapshot', `There is no snapshot ${snapshotId}; start a new cycle.`)
    const now = Date.now()
    const [knobs, trials, history, pairs, eligibility] = await Promise.all([
      loadKnobsByAgent(db),
      loadExperience(db),
      loadMetricHistory(db),
      loadMessageStatistics(db),
      loadEligibilityRecord(db, config, { now }),
    ])
    await alertLimits(db, eligibility.fleet.limits, knobs)
    const aggressiveness = aggressivenessWithin({ policy, limits: eligibility.fleet.limits })
    const from = performance.now()
    const bottlenecks = detectBottlenecks(snapshot, config.thresholds)
    const { strategies, skipped } = generateStrategies({
      bottlenecks,
      snapshot,
      thresholds: config.thresholds,
      history,
      pairs,
      knobs,
      experience: trials,
      policy,
      now,
      random: Math.random,
      eligibility,
    })
    const ranked = rankStrategies(strategies, { seed: cycleId, aggressiveness }).slice(0, strategiesPerCycle)
    const leftAlone = skipped.map(({ subject, reason }) => `${subject}: ${reason}`)
    const detectMs = Math.round(performance.now() - from)
    await insertBottlenecks(db, cycleId, snapshotId, bottlenecks)
    await insertStrategies(db, cycleId, ranked)
    await updateCyclePhases(db, cycleId, { detectMs })
    await recordCycleSkips(db, cycleId, leftAlone)
    for (const bottleneck of bottlenecks)
      nats.publish(performanceSubjects.bottleneckDetected, JSON.stringify({ cycleId, ...bottleneck }))
    return {
      bottlenecks: { total: bottlenecks.length, worst: worstSeverity(bottlenecks), lines: bottlenecks.slice(0, 10).map(line) },
      strategies: ranked.map(toStrategyRef),
      skipped: leftAlone.slice(0, 10),
      detectMs,
      pairs: await listCommunicatingPairs(db, [...new Set(ranked.map(({ agentId }) => agentId))], new Date(Date.now() - hourMs)),
      budget: {
        cycleMs: config.trials.cycleMs,
        trialMs: config.trials.observeMs + config.trials.widenMs + trialOverheadMs,
        concurrent: config.trials.concurrent,
      },
    }
  }
}

const line = ({ severity, description, impact }: Bottleneck) => `${severity}: ${description}, impact ${impact.toFixed(1)}`
