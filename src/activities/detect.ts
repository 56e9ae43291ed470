import { cancellationSignal } from '@temporalio/activity'
import { planCycle } from '../analysis/planning/plan-cycle.ts'
import { selectPlannedAgents } from '../analysis/planning/planned-agents.ts'
import { computeAutonomyByKind } from '../analysis/policy/autonomy.ts'
import type { Activities, DetectResult } from '../contract/activities.ts'
import type { DetectedBottleneck } from '../messaging/performance.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { type Bottleneck, findWorstSeverity } from '../model/bottleneck.ts'
import type { BottleneckRule } from '../model/bottleneck-rule.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatChanges, formatImpact } from '../model/format.ts'
import { listObjectiveMetrics, type Objective } from '../model/objective.ts'
import { takeLinesWithinBytes } from '../model/payload.ts'
import { computeTrialMs } from '../model/trial-limits.ts'
import { findActivityAnswer, writeOutcomeOnce } from '../store/activity-answers.ts'
import { loadMetricHistory } from '../store/agent-metrics.ts'
import { loadKnobsByAgent } from '../store/agents.ts'
import { updateSkippedAgentAlerts } from '../store/alerts.ts'
import { listOpenAnomalies } from '../store/anomalies.ts'
import { listBottlenecks, replaceBottlenecks } from '../store/bottlenecks.ts'
import { recordCycleSkips, updateCyclePhases } from '../store/cycles.ts'
import { loadExperience } from '../store/experience.ts'
import { listCommunicatingPairs, loadMessageStatistics } from '../store/messages.ts'
import { insertOutboxMessages } from '../store/outbox.ts'
import { findSnapshot } from '../store/snapshots.ts'
import { insertStrategies, markStrategySkipped } from '../store/strategies.ts'
import { loadEligibilityRecord } from '../trials/eligibility-facts.ts'
import { alertOnLimits } from './alert-on-limits.ts'
import { alertOnMetrics } from './alert-on-metrics.ts'
import { alertOnObjectives } from './alert-on-objectives.ts'
import { alertOnSilentMetrics } from './alert-on-silent-metrics.ts'
import { alertOnViolatedBounds } from './alert-on-violated-bounds.ts'
import { selectUsableRules } from './alert-rules.ts'
import type { Dependencies } from './dependencies.ts'
import { planInThread } from './plan-in-thread.ts'
import { type PlannedObservations, planObservations } from './plan-observations.ts'
import { getFirstPlanPage, getPlanPage } from './plan-pages.ts'
import { profileDegradedAgents } from './profile-degraded.ts'
import { toStrategyRef } from './strategy-ref.ts'

const hourMs = 3_600_000
/** Planning for up to this number of agents takes less time than starting a thread. */
const smallFleet = 20
/** Milliseconds within which the trials of the first round start, one after the other, however long collection and detection took. */
const firstRoundMs = 60_000

/**
 * Finds the bottlenecks of the fleet and the strategies against them, best first (B4–B7). A repeated attempt leaves the same rows and
 * returns the same answer.
 */
export function createDetectActivity(dependencies: Dependencies): Activities['detect'] {
  const { db } = dependencies
  return async (input) => {
    const key = answerKey(input.snapshotId)
    const detected = (await findActivityAnswer<DetectResult>(db, key)) ?? (await detect(dependencies, key, input))
    await profileDegradedAgents(dependencies, await listBottlenecks(db, input.cycleId), input.cycleId)
    return getFirstPlanPage(detected)
  }
}

/** Reads further pages of the plan made by `detect`. */
export function createReadPlanActivity({ db }: Dependencies): Activities['readPlan'] {
  return async ({ snapshotId, from }) => {
    const detected = await findActivityAnswer<DetectResult>(db, answerKey(snapshotId))
    if (!detected) throw new OptimizerError('unknown-plan', `There is no plan for ${snapshotId}; start a new cycle.`)
    return getPlanPage(detected, from)
  }
}

const answerKey = (snapshotId: string) => `detect ${snapshotId}`

async function detect(
  { db, config }: Dependencies,
  key: string,
  { cycleId, snapshotId, policy: steered, target }: Parameters<Activities['detect']>[0],
): Promise<DetectResult> {
  const snapshot = await findSnapshot(db, snapshotId)
  if (!snapshot) throw new OptimizerError('unknown-snapshot', `There is no snapshot ${snapshotId}; start a new cycle.`)
  const { thresholds, trials } = config
  const [knobs, experience, anomalies, eligibility] = await Promise.all([
    loadKnobsByAgent(db),
    loadExperience(db),
    listOpenAnomalies(db).then((rows) => rows.map(({ content }) => content)),
    loadEligibilityRecord(db, config, { now: snapshot.takenAt }),
  ])
  const { limits, objectives, catalogue } = eligibility.fleet
  const bottleneckRules = await selectUsableRules(db, config.bottleneckRules, catalogue)
  await alertOnLimits(db, limits, { knobs, catalogue })
  await alertOnMetrics(db, catalogue)
  await alertOnObjectives(db, eligibility.fleet)
  await alertOnSilentMetrics(db, snapshot, eligibility.fleet)
  await alertOnViolatedBounds(db, snapshot, eligibility.fleet)
  const from = performance.now()
  const policy = { ...steered, autonomyByKind: computeAutonomyByKind(experience), target }
  const known = { snapshot, thresholds, bottleneckRules, knobs, experience, anomalies, policy, eligibility }
  const planned = selectPlannedAgents(known)
  const [history, messages] = await Promise.all([
    loadMetricHistory(db, listWatchedMetrics(bottleneckRules, objectives), planned),
    loadMessageStatistics(db, planned),
  ])
  const request = { ...known, planned, history, pairs: messages }
  const isSmall = snapshot.agents.length <= smallFleet
  const plan = isSmall ? planCycle(request) : await planInThread(request, cancellationSignal())
  const { bottlenecks, strategies, skipped, unusable } = plan
  const detectMs = Math.round(performance.now() - from)
  const involved = [...strategies, ...eligibility.fleet.running].map(({ agentId }) => agentId)
  const pairs = await listCommunicatingPairs(db, [...new Set(involved)], new Date(Date.now() - hourMs))
  const withPairs = { ...eligibility, fleet: { ...eligibility.fleet, pairs } }
  const observations = await planObservations(db, config, strategies, { ...request, eligibility: withPairs })
  const allSkipped = [...skipped, ...describeSkipped(observations)]
  return await writeOutcomeOnce(db, key, async (trx) => {
    await replaceBottlenecks(trx, cycleId, snapshotId, bottlenecks)
    await insertOutboxMessages(
      trx,
      bottlenecks.map((bottleneck) => toMessage(cycleId, bottleneck)),
    )
    await insertStrategies(trx, cycleId, observations.strategies)
    for (const [id, reason] of Object.entries(observations.skipped)) await markStrategySkipped(trx, id, reason)
    await updateCyclePhases(trx, cycleId, { detectMs })
    await recordCycleSkips(trx, cycleId, allSkipped)
    await updateSkippedAgentAlerts(trx, 'planning', [...unusable, ...observations.unusable])
    return {
      bottlenecks: {
        total: bottlenecks.length,
        worst: findWorstSeverity(bottlenecks),
        lines: takeLinesWithinBytes(bottlenecks.map(line), linesBytes, `GET /api/cycles/${cycleId}`),
      },
      strategies: observations.strategies.filter(({ id }) => !(id in observations.skipped)).map(toStrategyRef),
      skipped: takeLinesWithinBytes(allSkipped, linesBytes, `GET /api/cycles/${cycleId}`),
      detectMs,
      pairs,
      budget: { cycleMs: trials.cycleMs, trialMs: computeTrialMs(trials), firstRoundMs, concurrent: trials.concurrent },
    }
  })
}

const toMessage = (cycleId: string, bottleneck: Bottleneck) => ({
  subject: performanceSubjects.bottleneckDetected,
  content: { cycleId, ...bottleneck } satisfies DetectedBottleneck,
})

const describeSkipped = ({ strategies, skipped }: PlannedObservations) =>
  strategies.flatMap(({ id, agentId, actions }) => (skipped[id] ? `${agentId} ${formatChanges(actions)}: ${skipped[id]}` : []))

/** Metrics with a limit, whose past is needed to forecast whether they cross it. */
const listWatchedMetrics = (rules: readonly BottleneckRule[], objectives: readonly Objective[]) => [
  ...new Set([...rules.map(({ metric }) => metric), ...objectives.flatMap(listObjectiveMetrics)]),
]

const line = (bottleneck: Bottleneck) => `${bottleneck.severity}: ${bottleneck.description}, impact ${formatImpact(bottleneck)}`

/** Bytes of the lines that a workflow's history holds of a list; the record has them all. */
const linesBytes = 1_000
