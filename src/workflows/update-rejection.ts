import { ApplicationFailure } from '@temporalio/workflow'

/** The failure of a rejected update; `type` is stable, for programs. */
export const createUpdateRejection = (type: string, message: string) => ApplicationFailure.nonRetryable(message, type)
