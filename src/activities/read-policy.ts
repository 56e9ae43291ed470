import { startControl } from '../client/control-workflow.ts'
import { readPolicy } from '../workflows/contract.ts'
import type { Dependencies } from './dependencies.ts'
import type { Activities } from './types.ts'

/** The policy as the workflow `optimizer` holds it; starts that workflow where none runs. */
export function createReadPolicy({ temporal, config }: Dependencies): Activities['readPolicy'] {
  return async () =>
    await temporal.workflow.executeUpdateWithStart(readPolicy, { startWorkflowOperation: startControl(config.taskQueue) })
}
