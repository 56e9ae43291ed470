import { startControl } from '../temporal/control-workflow.ts'
import { readPolicy } from '../contract/messages.ts'
import type { Dependencies } from './dependencies.ts'
import type { Activities } from '../contract/activities.ts'

/** The policy as the workflow `optimizer` holds it; starts that workflow where none runs. */
export function createReadPolicy({ temporal, config }: Dependencies): Activities['readPolicy'] {
  return async () =>
    await temporal.workflow.executeUpdateWithStart(readPolicy, { startWorkflowOperation: startControl(config.taskQueue) })
}
