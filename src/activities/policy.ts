/** The policy: held by the `optimizer` workflow, recorded in the database. */
import { isDeepStrictEqual } from 'node:util'
import { activityInfo } from '@temporalio/activity'
import type { Activities } from '../contract/activities.ts'
import { readPolicyUpdate } from '../contract/messages.ts'
import type { Policy } from '../model/policy.ts'
import { writeOutcomeOnce } from '../store/activity-answers.ts'
import { insertAuditEntry, insertRequestWithoutEffect } from '../store/audit-entries.ts'
import { findPause, recordPause, recordResume } from '../store/pause.ts'
import { loadRecordedPolicy, recordPolicyChanges } from '../store/policy-changes.ts'
import { countCycleResults } from '../store/results.ts'
import { loadShortages } from '../store/shortages.ts'
import { createOptimizerStartOperation } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

/** The policy of the `optimizer` workflow, which is started if it is not running. */
export function createReadPolicyActivity({ temporal, config }: Dependencies): Activities['readPolicy'] {
  return async () =>
    await temporal.workflow.executeUpdateWithStart(readPolicyUpdate, {
      startWorkflowOperation: createOptimizerStartOperation(config),
    })
}

/** The recorded policy, from which a new workflow `optimizer` starts. */
export function createLoadPolicyActivity({ db }: Dependencies): Activities['loadPolicy'] {
  return async () => {
    const [policy, results, shortages] = await Promise.all([loadRecordedPolicy(db), countCycleResults(db), loadShortages(db)])
    return { policy, ...results, ...shortages }
  }
}

/** Records a row for every field that changed, all or none; `pause` and `resume` record pauses. */
export function createRecordPolicyChangeActivity({ db }: Dependencies): Activities['recordPolicyChange'] {
  return async ({ before, after, by, reason }) => {
    const fields = (Object.keys(after) as (keyof Policy)[]).filter((field) => field !== 'paused')
    const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]))
    const change = (field: keyof Policy) => ({ field, oldValue: before[field], newValue: after[field], changedBy: by, reason })
    await recordPolicyChanges(db, changed.map(change))
  }
}

/** Records a command that leaves the policy as it was; a command to optimize the whole fleet starts a cycle anyway. */
export function createRecordUnchangedPolicyActivity({ db }: Dependencies): Activities['recordUnchangedPolicy'] {
  return async ({ command: { type: asked, ...detail }, by: actor, reason }) => {
    const { activityId, workflowExecution } = activityInfo()
    await writeOutcomeOnce(db, `unchanged ${workflowExecution?.runId}/${activityId}`, async (trx) => {
      // Another optimizer may have recorded a pause, or its end: what follows is then a change.
      const isPaused = (await findPause(trx)) !== undefined
      if ((asked === 'pause' && !isPaused) || (asked === 'resume' && isPaused)) return {}
      if (asked === 'optimizeSystemPerformance') await insertAuditEntry(trx, { action: 'cycle.requested', actor, reason })
      else {
        const subject = 'agentId' in detail ? detail.agentId : null
        await insertRequestWithoutEffect(trx, {
          asked,
          actor,
          reason,
          subject,
          workflowId: workflowExecution?.workflowId ?? null,
          detail,
        })
      }
      return {}
    })
  }
}

/** Records a command to the cycle that asks. */
export function createRecordCommandToCycleActivity({ db }: Dependencies): Activities['recordCommandToCycle'] {
  return async ({ command, by: actor, reason }) => {
    const { activityId, workflowExecution } = activityInfo()
    const workflowId = workflowExecution?.workflowId ?? null
    const subject = 'agentId' in command ? command.agentId : null
    await writeOutcomeOnce(db, `steered ${workflowExecution?.runId}/${activityId}`, async (trx) => {
      await insertAuditEntry(trx, {
        action: 'cycle.steered',
        actor,
        reason,
        subject,
        cause: workflowId,
        workflowId,
        detail: command,
      })
      return {}
    })
  }
}

export function createPauseActivity({ db }: Dependencies): Activities['pause'] {
  return async ({ by, reason, aborts }) => await recordPause(db, by, reason, aborts)
}

export function createResumeActivity({ db }: Dependencies): Activities['resume'] {
  // Workflows that started with older code do not send who resumed.
  return async ({ by, reason } = { by: 'signal', reason: 'a signal' }) => await recordResume(db, by, reason)
}
