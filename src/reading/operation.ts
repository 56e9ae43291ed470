import { type ExternalDatabaseRecord, listExternalDatabaseRecords } from '../store/external-databases.ts'
import { countLiveInstances } from '../store/instance-liveness.ts'
import { getOperationFigures, type OperationFigures } from '../store/operation.ts'
import type { ReadContext } from './context.ts'
import { readFromTemporal } from './temporal.ts'

/** How the optimizer itself operates. */
export interface OperationStatus extends OperationFigures {
  liveInstances: number
  /** Workers that ask Temporal for work; undefined if Temporal does not answer. */
  workers: number | undefined
  /** External databases that are or were followed. */
  externalDatabases: ExternalDatabaseRecord[]
}

/** TASK_QUEUE_TYPE_WORKFLOW of Temporal's API. */
const workflowQueue = 1

/** @throws the database's error */
export async function readOperationStatus(context: ReadContext): Promise<OperationStatus> {
  const { db, config, temporal } = context
  const [figures, liveInstances, externalDatabases, workers] = await Promise.all([
    getOperationFigures(db),
    countLiveInstances(db, Date.now()),
    listExternalDatabaseRecords(db),
    readFromTemporal(context, async () => {
      const { namespace } = temporal.options
      const queue = { namespace, taskQueue: { name: config.taskQueue }, taskQueueType: workflowQueue }
      const { pollers } = await temporal.workflowService.describeTaskQueue(queue)
      return pollers?.length ?? 0
    }),
  ])
  return { ...figures, liveInstances, externalDatabases, workers }
}
