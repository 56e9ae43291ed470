import { buildTrialGoal } from '../analysis/trials/goal.ts'
import {
  describeMisleadingAnomalies,
  describeSilence,
  hasEnoughObservations,
  isWatchable,
  judgeLateHarm,
  type ObservationPeriods,
  omitAnomalies,
  selectMisleadingAnomalies,
} from '../analysis/trials/late-harm.ts'
import { computeSettlingCutoff, computeWatchMs, isWatchExtended, planWatchEnd } from '../analysis/trials/watch-duration.ts'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { describeImprovement, formatDuration } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Judgement } from '../model/trial.ts'
import { getCurrentConfiguration, listAgentInstances } from '../store/agents.ts'
import { listComponentAnomalies } from '../store/anomalies.ts'
import { findConfiguration, listConfigurationsSince, listEquivalentVersions } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listInstanceExecutions } from '../store/executions.ts'
import { findPoolDecision } from '../store/pools.ts'
import { findResult, recordUndo } from '../store/results.ts'
import { findStrategy } from '../store/strategies.ts'
import { listKeptTrials, type Trial, updateTrial } from '../store/trials.ts'
import { startRestore } from '../temporal/starters.ts'
import { getHistoryMs } from '../trials/observations.ts'
import type { Dependencies } from './dependencies.ts'
import { type FleetPeriods, loadAgentPeriods, loadFleetPeriods } from './fleet-periods.ts'
import { forEachAgent } from './for-each-agent.ts'
import { loadJudgedScoreDelayMs } from './score-wait.ts'

/**
 * Checks every recently kept change for late harm, and hands harmful ones to a `restore` workflow. A watch ends when its time is up, with
 * a person's decision on the agent, or when a further change replaces its settings. Of several changes on an agent, the newest is judged
 * first, and an older one only in cycles in which all newer ones proved harmless: what they do would count against it.
 * While an anomaly of a judged metric lasts that came from elsewhere since the trial began, a change is not judged, and that time is left out later.
 * A change that cannot be judged because its agent is silent or no longer reports a metric, or in its usual time because of such an anomaly,
 * raises an alert.
 */
export function createWatchActivity(dependencies: Dependencies): Activities['watch'] {
  const { db, temporal, config } = dependencies
  return async () => {
    const rolledBack: string[] = []
    const now = new Date()
    const { watchMs } = config.trials
    const kept = await listKeptTrials(db, watchMs, now)
    const watched = kept.filter((trial) => planWatchEnd(trial, watchMs, now.getTime()) !== null)
    const undecided = new Set<string>()
    await forEachAgent(db, 'watch for late harm', watched.reverse(), async (trial) => {
      const versions = undecided.has(trial.agentId) ? undefined : await listWatchedVersions(db, trial)
      if (!versions) return
      undecided.add(trial.agentId)
      const known = (await findEarlierVerdict(db, trial)) ?? (await findHarmInPool(db, trial))
      const seen = known === undefined ? await lookForHarm(dependencies, trial, versions) : { harm: known }
      if (seen?.harm === null) undecided.delete(trial.agentId)
      if (!seen?.harm) return
      const reason = seen.harm
      await db.transaction().execute(async (trx) => {
        await updateTrial(trx, trial.id, { issues: [reason] })
        await recordUndo(trx, trial.id, { reason, harmful: true })
      })
      await startRestore({ temporal, taskQueue: config.taskQueue }, trial, { reason })
      rolledBack.push(trial.id)
    })
    return { rolledBack }
  }
}

/**
 * The versions that contain the change of the trial: the one that was kept, and the present one with what was changed beside it. Undefined
 * once its settings are no longer in force or someone decided otherwise.
 */
async function listWatchedVersions(
  db: Database,
  { agentId, baselineVersion, candidateVersion }: Trial,
): Promise<number[] | undefined> {
  const [baseline, kept, current, since] = await Promise.all([
    findConfiguration(db, agentId, baselineVersion),
    findConfiguration(db, agentId, candidateVersion),
    getCurrentConfiguration(db, agentId),
    listConfigurationsSince(db, agentId, candidateVersion),
  ])
  if (!isWatchable({ baseline: baseline!.values, kept: kept!.values, current: current.values }, since)) return undefined
  const versions = [candidateVersion, current.version].map((version) => listEquivalentVersions(db, agentId, version))
  return [...new Set((await Promise.all(versions)).flat())]
}

/** The verdict of an attempt that died before it could hand the trial over. */
async function findEarlierVerdict(db: Database, { id }: Trial): Promise<string | undefined> {
  const result = await findResult(db, id)
  return result?.undone?.harmful ? result.undone.reason : undefined
}

/** The harm that showed on another agent of its pool after the change was kept on this one. */
async function findHarmInPool(db: Database, { poolId }: Trial): Promise<string | undefined> {
  const decision = poolId === null ? undefined : await findPoolDecision(db, poolId)
  return decision?.verdict === 'roll-back' ? `late harm in a trial judged together with it: ${decision.reason}` : undefined
}

/**
 * The late harm that a kept change does, for a person; null if it does none. Undefined while there is too little to judge: that period is
 * judged again together with the next one.
 * @throws OptimizerError `unjudged-change` if there should be more
 */
async function lookForHarm(
  { db, config }: Dependencies,
  trial: Trial,
  versions: number[],
): Promise<{ harm: string | null } | undefined> {
  const { id, agentId, startedAt, endedAt, watchedUntil } = trial
  const now = new Date()
  const since = { from: watchedUntil ?? endedAt!, to: now }
  const periods: FleetPeriods = {
    before: { from: new Date(startedAt.getTime() - getHistoryMs(config, trial)), to: startedAt },
    since,
  }
  const unchanged = await listEquivalentVersions(db, agentId, trial.baselineVersion)
  const strategy = (await findStrategy(db, id))!
  const known = await listComponentAnomalies(db, agentId, since.from)
  const anomalies = selectMisleadingAnomalies(known, { strategy, startedAt: startedAt.getTime() })
  const loaded = await loadAgentPeriods(db, agentId, periods, { before: unchanged, since: versions })
  const agent = { ...loaded, since: omitAnomalies(loaded.since, anomalies) }
  const scoreDelayMs = await loadJudgedScoreDelayMs(db, trial, strategy)
  const watchMs = computeWatchMs(trial, config.trials.watchMs)
  const from = since.from.getTime()
  const settledUntil = computeSettlingCutoff({ from, now: now.getTime() }, { watchMs, scoreDelayMs })
  const share = Math.min(1, (settledUntil - from) / watchMs)
  const isMisled = anomalies.some(({ endedAt }) => endedAt === null)
  if (isMisled || !hasEnoughObservations(agent, share)) {
    const isForAnomalies = isMisled || hasEnoughObservations(loaded, share)
    const isLate = isForAnomalies && isWatchExtended(trial, config.trials.watchMs, now.getTime())
    const doubt = (await findSilence(db, agentId, agent, since)) ?? (isLate ? describeMisleadingAnomalies(anomalies) : undefined)
    if (doubt) throw createUnjudgedError(id, doubt)
    return undefined
  }
  const others = await loadFleetPeriods(db, agentId, periods)
  const seen = judgeLateHarm(buildTrialGoal(strategy), { agent, others }, share, scoreDelayMs)
  if (!seen) return undefined
  if (seen.harm) return { harm: describeLateHarm(trial, strategy, seen.harm) }
  if (seen.doubt) throw createUnjudgedError(id, seen.doubt)
  await updateTrial(db, id, { watchedUntil: new Date(settledUntil) })
  return { harm: null }
}

const createUnjudgedError = (id: string, reason: string) =>
  new OptimizerError(
    'unjudged-change',
    `The change that ${id} kept cannot be checked for late harm: ${reason}. If the change is to blame, npx optimizer rollback ${id} undoes it.`,
  )

/** Why an agent seems to hang, as a clause; one whose instances have all left is not expected to work. */
async function findSilence(
  db: Database,
  agentId: string,
  { before }: ObservationPeriods,
  { from, to }: FleetPeriods['since'],
): Promise<string | undefined> {
  const instances = await listAgentInstances(db, agentId)
  if (instances.every(({ leftAt }) => leftAt !== null)) return undefined
  const instanceIds = instances.map(({ instanceId }) => instanceId)
  const made = await listInstanceExecutions(db, { agentId, instanceIds, from, to })
  return describeSilence(before.executions, made.length, { from: from.getTime(), to: to.getTime() })
}

function describeLateHarm({ endedAt }: Trial, strategy: Strategy, judgement: Judgement): string {
  const { improvement, interval, reason } = judgement
  const metric = getRecordedMetric(strategy, judgement.metric)
  const since = formatDuration(Math.max(60_000, Date.now() - endedAt!.getTime()))
  const measured = improvement === null ? '' : ` (${describeImprovement(metric, improvement, interval)})`
  return `late harm, ${since} after it was kept: ${reason}${measured}`
}
