import { detectBottlenecks } from '../analysis/observing/detection/detect.ts'
import { rankStrategies } from '../analysis/planning/ranking.ts'
import { generateStrategies } from '../analysis/planning/strategies/index.ts'
import { createSeededRandom } from '../analysis/statistics/random.ts'
import type { Activities, DetectResult } from '../contract/activities.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { type Bottleneck, worstSeverity } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { computeTrialMs } from '../model/trial-limits.ts'
import { answerOnce, findAnswer } from '../store/activity-answers.ts'
import { loadMetricHistory } from '../store/agent-metrics.ts'
import { loadKnobsByAgent } from '../store/agents.ts'
import { loadRestingKnobs } from '../store/approvals.ts'
import { listBottlenecks, replaceBottlenecks } from '../store/bottlenecks.ts'
import { recordCycleSkips, updateCyclePhases } from '../store/cycles.ts'
import { loadExperience } from '../store/experience.ts'
import { listCommunicatingPairs, loadMessageStatistics } from '../store/messages.ts'
import { findSnapshot } from '../store/snapshots.ts'
import { insertStrategies } from '../store/strategies.ts'
import type { Dependencies } from './dependencies.ts'
import { loadPlanningRestrictions } from './load-planning-restrictions.ts'
import { toStrategyRef } from './strategy-ref.ts'

/** No cycle has time for more; the rest is found again by the next one. */
const strategiesPerCycle = 20
const hourMs = 3_600_000
/** In which the trials of the first round begin, one after the other, however long it took to look at the fleet. */
const firstRoundMs = 60_000

/**
 * Finds what holds the fleet back and what to try against it, best first (B4–B7). A repeated attempt leaves the same rows and answers
 * the same; only the messages about bottlenecks are sent again.
 */
export function createDetect(dependencies: Dependencies): Activities['detect'] {
  const { db, nats } = dependencies
  return async (input) => {
    const key = `detect ${input.snapshotId}`
    const detected = (await findAnswer<DetectResult>(db, key)) ?? (await detect(dependencies, key, input))
    for (const bottleneck of await listBottlenecks(db, input.cycleId))
      nats.publish(performanceSubjects.bottleneckDetected, JSON.stringify({ cycleId: input.cycleId, ...bottleneck }))
    return detected
  }
}

async function detect(
  { db, config }: Dependencies,
  key: string,
  { cycleId, snapshotId, policy }: Parameters<Activities['detect']>[0],
): Promise<DetectResult> {
  const snapshot = await findSnapshot(db, snapshotId)
  if (!snapshot) throw new OptimizerError('unknown-snapshot', `There is no snapshot ${snapshotId}; start a new cycle.`)
  const declinedSince = new Date(Date.now() - config.approval.restMinutes * 60_000)
  const [knobs, resting, trials, history, messages] = await Promise.all([
    loadKnobsByAgent(db),
    loadRestingKnobs(db, declinedSince),
    loadExperience(db),
    loadMetricHistory(db),
    loadMessageStatistics(db),
  ])
  const restraint = await loadPlanningRestrictions(db, config)
  const aggressiveness = Math.min(policy.aggressiveness, restraint.maxAggressiveness)
  const from = performance.now()
  const bottlenecks = detectBottlenecks(snapshot, config.thresholds)
  const { strategies, skipped } = generateStrategies({
    bottlenecks,
    snapshot,
    thresholds: config.thresholds,
    history,
    pairs: messages,
    knobs,
    resting,
    experience: trials,
    policy: { ...policy, aggressiveness },
    // Every attempt gives a strategy the same id.
    now: snapshot.takenAt,
    random: createSeededRandom(snapshotId),
    restraint,
  })
  const ranked = rankStrategies(strategies, { seed: cycleId, aggressiveness }).slice(0, strategiesPerCycle)
  const leftAlone = skipped.map(({ subject, reason }) => `${subject}: ${reason}`)
  const detectMs = Math.round(performance.now() - from)
  const pairs = await listCommunicatingPairs(
    db,
    [...new Set(ranked.map(({ agentId }) => agentId))],
    new Date(Date.now() - hourMs),
  )
  return await answerOnce(db, key, async (trx) => {
    await replaceBottlenecks(trx, cycleId, snapshotId, bottlenecks)
    await insertStrategies(trx, cycleId, ranked)
    await updateCyclePhases(trx, cycleId, { detectMs })
    await recordCycleSkips(trx, cycleId, leftAlone)
    return {
      bottlenecks: { total: bottlenecks.length, worst: worstSeverity(bottlenecks), lines: bottlenecks.slice(0, 10).map(line) },
      strategies: ranked.map(toStrategyRef),
      skipped: leftAlone.slice(0, 10),
      detectMs,
      pairs,
      budget: {
        cycleMs: config.trials.cycleMs,
        trialMs: computeTrialMs(config.trials),
        firstRoundMs,
        concurrent: config.trials.concurrent,
      },
    }
  })
}

const line = ({ severity, description, impact }: Bottleneck) => `${severity}: ${description}, impact ${impact.toFixed(1)}`
