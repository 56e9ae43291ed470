import { activityInfo } from '@temporalio/activity'
import type { Restoration } from '../analysis/trials/restoration.ts'
import type { Activities } from '../contract/activities.ts'
import type { TrialRestore } from '../model/commands.ts'
import type { KnobDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration, isSameValue, type KnobValues } from '../model/knob.ts'
import { planRestoration } from '../reading/plan-undo.ts'
import { getCurrentConfiguration } from '../store/agents.ts'
import { resolveTrialAlerts } from '../store/alerts.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  lockAgent,
  setProvenVersion,
} from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { lockFleet } from '../store/pause.ts'
import { recordUndo } from '../store/results.ts'
import { recordStrategyWithdrawal } from '../store/strategies.ts'
import { findTrial, reopenKeptTrial, type Trial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { enforceCurrentConfiguration, listAwaitedInstances } from './enforce-configuration.ts'
import { listSupersededSettings } from './superseded-settings.ts'
import { wakeLongTrial } from './wake-long-trial.ts'

/**
 * The compensation: writes a new version with the old content, assigns it to every instance, delivers it to those that may hold the
 * trial's values and reads it back. Safe at any time and idempotent; it completes only when no instance can still hold those values.
 * @throws OptimizerError `unreachable`, retryable, with an alert, while one of those instances cannot be reached.
 */
export function createRestoreActivity(dependencies: Dependencies): Activities['restore'] {
  const { db } = dependencies
  const restore: Activities['restore'] = async ({ trialId, reason, requestedBy, harmful = false }) => {
    const trial = await findBegunTrial(db, trialId)
    if (!trial) return { outcome: 'nothing', issues: [] }
    // An earlier attempt may have done it and lost its answer.
    if (trial.state === 'restored') {
      if (harmful) await recordUndo(db, trialId, { reason: reason ?? calledHarmful, harmful })
      return { outcome: activityInfo().attempt > 1 ? 'done' : 'already', issues: trial.issues }
    }
    const { agentId } = trial
    const subject = `The configuration from before ${trialId}`
    const nothing = trial.state === 'kept' && (await findNothingToRestore(db, trial))
    if (nothing) {
      await lockForRestore(db, trial, dependencies.config.trials.lockMs)
      const values = (await getCurrentConfiguration(db, agentId)).values
      const awaited = await listAwaitedInstances(db, agentId, values)
      const request = { agentId, awaited, subject, alertOf: trialId, isTolerable: () => true }
      const { gone, drifting } = await enforceCurrentConfiguration(dependencies, request)
      await releaseLock(db, agentId, trialId)
      await resolveTrialAlerts(db, trialId)
      if (harmful) await recordUndo(db, trialId, { reason: reason ?? calledHarmful, harmful })
      const outcome = nothing.issues.length > 0 ? 'superseded' : 'already'
      return { outcome, issues: [...nothing.issues, ...drifting, ...gone.map(describeGone)] }
    }
    const { version, awaited, undone, isTolerable } = await assignRestoredConfiguration(dependencies, trial, {
      reason,
      requestedBy,
    })
    const { gone, drifting } = await enforceCurrentConfiguration(dependencies, {
      agentId,
      awaited,
      subject,
      alertOf: trialId,
      isTolerable,
    })
    const superseded = [...(await listSupersededSettings(db, agentId, version, undone)).values()]
    await finishRolledBackTrial(db, trial, [...superseded, ...drifting, ...gone.map(describeGone)], { why: reason, harmful })
    const outcome = superseded.length > 0 ? 'superseded' : drifting.length > 0 ? 'incomplete' : 'done'
    return { outcome, issues: (await findTrial(db, trialId))!.issues }
  }
  return async (input) => {
    try {
      return await restore(input)
    } catch (error) {
      if (error instanceof OptimizerError && error.code === 'agent-locked') {
        const { agentId } = (await findTrial(db, input.trialId))!
        await wakeLongTrial(dependencies, agentId, {
          rollBackBecause: `${input.trialId}, an earlier change to the same agent, is being rolled back`,
        })
      }
      throw error
    }
  }
}

const calledHarmful = 'a person marked it as harmful'

const describeGone = (instance: string) => `${instance} was gone; it will receive the restored configuration if it returns`

/** The trial's record. Waits for a trial that is about to start; once this returns undefined, no attempt made so far can start it. */
function findBegunTrial(db: Database, trialId: string): Promise<Trial | undefined> {
  return db.transaction().execute(async (trx) => {
    await lockFleet(trx)
    const trial = await findTrial(trx, trialId)
    if (!trial) await recordStrategyWithdrawal(trx, trialId, new Date(activityInfo().scheduledTimestampMs))
    return trial
  })
}

/** Ends a trial that is rolled back, or counts as such. */
export async function finishRolledBackTrial(
  db: Database,
  { id, agentId }: Trial,
  issues: string[],
  { why, harmful = false }: { why?: string; harmful?: boolean } = {},
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await updateTrial(trx, id, { state: 'restored', endedAt: new Date(), issues })
    await releaseLock(trx, agentId, id)
    await recordUndo(trx, id, { reason: `it was kept at first and rolled back later${why ? `: ${why}` : ''}`, harmful })
    await resolveTrialAlerts(trx, id)
  })
}

interface AssignedRestoration {
  /** The restored version. */
  version: number
  /** The instances that have to confirm it; null for all. */
  awaited: string[] | null
  /** The settings in it that undo the change of the trial. */
  undone: KnobValues
  /** Whether an instance with these values has undone the change, whatever else differs. */
  isTolerable: (drift: readonly KnobDrift[]) => boolean
}

/** Assigns the restored configuration to every instance, once. */
export async function assignRestoredConfiguration(
  { db, config }: Dependencies,
  trial: Trial,
  { reason: why, requestedBy }: Pick<TrialRestore, 'reason' | 'requestedBy'> = {},
): Promise<AssignedRestoration> {
  const { agentId, id: trialId } = trial
  // A kept trial is reopened at once, so that it stays visible and no other trial starts before it is rolled back.
  if (trial.state === 'kept') await reopenKeptTrial(db, trialId)
  return await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    const { restoredVersion, state } = (await findTrial(trx, trialId))!
    // An attempt that was given up may end after another one has finished.
    if (state !== 'restored') await lockForRestore(trx, trial, config.trials.lockMs)
    const baseline = (await findConfiguration(trx, agentId, trial.baselineVersion))!.values
    const candidate = (await findConfiguration(trx, agentId, trial.candidateVersion))!.values
    const restored = (await findConfiguration(trx, agentId, restoredVersion ?? (await writeRestoration())))!
    const changed = Object.keys(baseline).filter((name) => !isSameValue(baseline[name], candidate[name]))
    return {
      version: restored.version,
      awaited: restored.awaited,
      undone: Object.fromEntries(
        changed.filter((name) => isSameValue(restored.values[name], baseline[name])).map((name) => [name, baseline[name]!]),
      ),
      isTolerable: (drift) => !drift.some(({ knob, actual }) => changed.includes(knob) && isSameValue(actual, candidate[knob])),
    }

    async function writeRestoration(): Promise<number> {
      const { values, issues } = await planRestoration(trx, trial)
      const current = await getCurrentConfiguration(trx, agentId)
      // An edit during the trial may hold these values already, in a version that is newer than the trial's.
      const isWritten = current.version > trial.candidateVersion && isSameConfiguration(values, current.values)
      const reason = `Restored the configuration from before ${trialId}${why ? `: ${why}` : ''}`
      const restoresVersion = trial.baselineVersion
      const awaited = await listAwaitedInstances(trx, agentId, values)
      const decided = { changedBy: requestedBy, reason }
      const restoration = { agentId, values, origin: 'restore', trialId, restoresVersion, awaited, ...decided } as const
      const version = isWritten ? current.version : await appendConfiguration(trx, restoration)
      await assignConfiguration(trx, agentId, 'all', version)
      await setProvenVersion(trx, agentId, version)
      // The trial may have been kept since it was read.
      await updateTrial(trx, trialId, { state: 'restoring', restoredVersion: version, endedAt: null, issues })
      return version
    }
  })
}

/**
 * The restoration of a kept trial if it would change nothing: a person has set the values from before it since, or others, which stay and
 * are its issues. Undefined if there is something to restore.
 */
async function findNothingToRestore(db: Database, trial: Trial): Promise<Restoration | undefined> {
  const [restoration, current] = await Promise.all([planRestoration(db, trial), getCurrentConfiguration(db, trial.agentId)])
  return isSameConfiguration(restoration.values, current.values) ? restoration : undefined
}

/** @throws OptimizerError `agent-locked`, retryable */
async function lockForRestore(db: Database, { id, agentId }: Trial, lockMs: number): Promise<void> {
  if (await acquireLock(db, agentId, id, lockMs, Date.now())) return
  const message = `Another trial is running on ${agentId}; ${id} will be rolled back when that trial ends.`
  throw new OptimizerError('agent-locked', message, { retryable: true })
}
