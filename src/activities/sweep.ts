import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Activities } from '../contract/activities.ts'
import { restoreWorkflowId, trialWorkflowId } from '../contract/workflows.ts'
import { closeApproval, listUnsettledApprovals, recordApprovalLapse } from '../store/approvals.ts'
import { listOpenCycles, recordCycleAbandoned } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { findTrial, listOpenTrials, updateTrial } from '../store/trials.ts'
import { startRestore } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'
import { forEachAgent } from './for-each-agent.ts'

/**
 * Cleans up after terminated workflows, which cannot do so themselves. Hands every trial that such a workflow left open to a `restore`
 * workflow, and closes the records of cycles that it left running and of approval requests that nobody can answer any more.
 */
export function createSweep({ db, temporal, config }: Dependencies): Activities['sweep'] {
  return async () => {
    const restoring: string[] = []
    await forEachAgent(db, 'clean-up of trials', await listOpenTrials(db), async (trial) => {
      // Its own workflow ends it, or one that already restores it.
      const carriers = [trial.workflowId, restoreWorkflowId(trial.id)]
      if ((await Promise.all(carriers.map((id) => isRunning(temporal, id)))).some(Boolean)) return
      if (await hasEnded(db, trial.id)) return
      await updateTrial(db, trial.id, { issues: [`${trial.workflowId} ended before the trial did`] })
      await startRestore({ temporal, taskQueue: config.taskQueue }, trial)
      restoring.push(trial.id)
    })
    await forEachAgent(db, 'clean-up of approvals', await listUnsettledApprovals(db), async ({ trialId }) => {
      if (await isRunning(temporal, trialWorkflowId(trialId))) return
      const reason = 'its workflow ended before the trial did'
      await db.transaction().execute(async (trx) => {
        await closeApproval(trx, trialId, { state: 'withdrawn', by: null, reason })
        await recordApprovalLapse(trx, trialId, reason)
      })
    })
    for (const { id } of await listOpenCycles(db)) {
      if (!(await isRunning(temporal, id))) await recordCycleAbandoned(db, id)
    }
    return { restoring }
  }
}

/** The trial may have ended since the open ones were listed. */
async function hasEnded(db: Database, trialId: string): Promise<boolean> {
  return (await findTrial(db, trialId))!.endedAt !== null
}

async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}
