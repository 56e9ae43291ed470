import type { Activities } from '../contract/activities.ts'
import { readPolicyUpdate } from '../contract/messages.ts'
import { createControlStartOperation } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

/** The policy of the workflow `optimizer`, which is started if it is not running. */
export function createReadPolicy({ temporal, config }: Dependencies): Activities['readPolicy'] {
  return async () =>
    await temporal.workflow.executeUpdateWithStart(readPolicyUpdate, {
      startWorkflowOperation: createControlStartOperation(config),
    })
}
