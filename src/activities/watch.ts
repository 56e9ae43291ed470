import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { hasEnoughObservations, isWatchable, judgeLateHarm, type ObservationPeriods } from '../analysis/trials/late-harm.ts'
import { computeLongestWatchMs, computeWatchMs } from '../analysis/trials/watch-duration.ts'
import type { Activities } from '../contract/activities.ts'
import { describeImprovement, formatDuration } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Judgement } from '../model/trial.ts'
import { getHistoryMs, loadObservations } from '../reading/observations.ts'
import { getCurrentConfiguration, listAgentInstances, listAgents } from '../store/agents.ts'
import { findConfiguration, listConfigurationsSince, listEquivalentVersions } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { isCausedByData } from '../store/errors.ts'
import { findPoolDecision } from '../store/pools.ts'
import { findResult, recordUndoing } from '../store/results.ts'
import { findStrategy } from '../store/strategies.ts'
import { listKeptTrials, type Trial, updateTrial } from '../store/trials.ts'
import { startRestore } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'
import { forEachAgent } from './for-each-agent.ts'

/**
 * Checks every recently kept change for late harm, and hands harmful ones to a `restore` workflow. A watch ends when its time is up, with
 * a person's decision on the agent, or when a further change is kept, whose own watch takes over; while that one is only being tried,
 * its control group still shows this one.
 */
export function createWatch(dependencies: Dependencies): Activities['watch'] {
  const { db, temporal, config } = dependencies
  return async () => {
    const rolledBack: string[] = []
    const kept = await listKeptTrials(db, new Date(Date.now() - computeLongestWatchMs(config.trials)))
    const watched = kept.filter((trial) => Date.now() - trial.endedAt!.getTime() <= computeWatchMs(trial, config.trials.watchMs))
    await forEachAgent(db, 'watch for late harm', watched, async (trial) => {
      const versions = await versionsWatched(dependencies, trial)
      if (!versions) return
      const known = (await findEarlierVerdict(db, trial)) ?? (await findHarmInPool(db, trial))
      const reason = known ?? (await findLateHarm(dependencies, trial, versions))
      if (!reason) return
      await db.transaction().execute(async (trx) => {
        await updateTrial(trx, trial.id, { issues: [reason] })
        await recordUndoing(trx, trial.id, { reason, harmful: true })
      })
      await startRestore({ temporal, taskQueue: config.taskQueue }, trial, reason)
      rolledBack.push(trial.id)
    })
    return { rolledBack }
  }
}

/** The versions that contain the change of the trial; undefined once the agent no longer runs with it or someone decided otherwise. */
async function versionsWatched({ db }: Dependencies, { agentId, candidateVersion }: Trial): Promise<number[] | undefined> {
  const [kept, current, since] = await Promise.all([
    findConfiguration(db, agentId, candidateVersion),
    getCurrentConfiguration(db, agentId),
    listConfigurationsSince(db, agentId, candidateVersion),
  ])
  if (!isWatchable(kept!.values, current.values, since)) return undefined
  return await listEquivalentVersions(db, agentId, candidateVersion)
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

/** The late harm that a kept change does, for a person. */
async function findLateHarm(dependencies: Dependencies, trial: Trial, versions: number[]): Promise<string | undefined> {
  const { db, config } = dependencies
  const { agentId, startedAt, endedAt, watchedUntil } = trial
  const now = new Date()
  const since = watchedUntil ?? endedAt!
  const past = { from: new Date(startedAt.getTime() - getHistoryMs(config, trial)), to: startedAt }
  const stretches = async (id: string, before: number[], after: number[]): Promise<ObservationPeriods> => {
    const instanceIds = (await listAgentInstances(db, id)).map(({ instanceId }) => instanceId)
    const of = { agentId: id, instanceIds }
    return {
      before: await loadObservations(db, { ...of, versions: before, ...past }),
      since: await loadObservations(db, { ...of, versions: after, from: since, to: now }),
    }
  }
  const agent = await stretches(agentId, await listEquivalentVersions(db, agentId, trial.baselineVersion), versions)
  const share = Math.min(1, (now.getTime() - since.getTime()) / computeWatchMs(trial, config.trials.watchMs))
  if (!hasEnoughObservations(agent, share)) return undefined
  const unlike = (await listAgents(db)).filter((other) => other.agentId !== agentId)
  const fleet = await Promise.all(
    unlike.map(async (other) => {
      const unchanged = await listEquivalentVersions(db, other.agentId, other.configurationVersion)
      return await stretches(other.agentId, unchanged, unchanged).catch(leaveOutUnusable)
    }),
  )
  const strategy = (await findStrategy(db, trial.id))!
  const seen = judgeLateHarm(
    buildTrialGoal(strategy),
    { agent, others: mergePeriods(fleet.filter((periods) => periods !== undefined)) },
    share,
  )
  // A period without enough evidence is judged again together with the next one.
  if (seen?.harm === null) await updateTrial(db, trial.id, { watchedUntil: now })
  return seen?.harm ? describeLateHarm(trial, strategy, seen.harm) : undefined
}

/** Another agent whose data cannot be processed is no comparison. */
function leaveOutUnusable(error: unknown): undefined {
  if (!isCausedByData(error)) throw error
}

/** The observations of several agents as one group. */
function mergePeriods(fleet: ObservationPeriods[]): ObservationPeriods {
  const merged = (stretch: keyof ObservationPeriods) => ({
    executions: fleet.flatMap((agent) => agent[stretch].executions).sort((a, b) => a.at - b.at),
    negotiations: fleet.flatMap((agent) => agent[stretch].negotiations).sort((a, b) => a.at - b.at),
  })
  return { before: merged('before'), since: merged('since') }
}

function describeLateHarm({ endedAt }: Trial, strategy: Strategy, judgement: Judgement): string {
  const { improvement, interval, reason } = judgement
  const metric = getRecordedMetric(strategy, judgement.metric)
  const since = formatDuration(Math.max(60_000, Date.now() - endedAt!.getTime()))
  const measured = improvement === null ? '' : ` (${describeImprovement(metric, improvement, interval)})`
  return `late harm, ${since} after it was kept: ${reason}${measured}`
}
