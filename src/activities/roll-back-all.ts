import { WorkflowNotFoundError } from '@temporalio/client'
import type { Activities } from '../contract/activities.ts'
import { rollBackSignal } from '../contract/messages.ts'
import { findTrial, listOpenTrials, type Trial } from '../store/trials.ts'
import { startRestore } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Signals the workflow of every open trial to roll back; where it no longer runs, starts a `restore` workflow.
 * @throws the first failure, after the other trials were rolled back
 */
export function createRollBackAllActivity({ db, temporal, config }: Dependencies): Activities['rollBackAll'] {
  const rollBack = async (trial: Trial, { reason, by }: Parameters<Activities['rollBackAll']>[0]) => {
    try {
      await temporal.workflow.getHandle(trial.workflowId).signal(rollBackSignal, trial.id, { by, reason })
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
      if ((await findTrial(db, trial.id))!.endedAt === null)
        await startRestore({ temporal, taskQueue: config.taskQueue }, trial, { reason, requestedBy: by })
    }
  }
  return async (request) => {
    const failures: unknown[] = []
    for (const trial of await listOpenTrials(db)) {
      if (trial.state !== 'restoring') await rollBack(trial, request).catch((error) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
}
