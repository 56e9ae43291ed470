/** Long server-side waits: for a workflow's result, or an update's answer. */
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConnectionLike,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type Workflow,
  type WorkflowHandle,
  type WorkflowResultType,
} from '@temporalio/client'
import { createConnectionLostError, isTemporalUnavailable } from './errors.ts'

/** By then, a server that crashed is back. */
const patienceMs = 10_000
const pauseMs = 250
const longPolls = /\/(GetWorkflowExecutionHistory|PollWorkflowExecutionUpdate)$/
const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions())

/**
 * For connections on which calls wait. The SDK repeats a failed call, which cannot be stopped: a repetition after the connection
 * was closed ends the process. Calls that wait are repeated by `waitForAnswer` instead.
 */
export const clientInterceptors: ConnectionOptions['interceptors'] = [
  (options, nextCall) =>
    longPolls.test(options.method_definition.path) ? (nextCall(options) as ReturnType<typeof retry>) : retry(options, nextCall),
]

/**
 * Waits for an answer, also across a restart of the server.
 * @param ask waits for it by one call or several; called again where the connection is lost
 * @param signal ends the waiting, with its reason; nothing is under way then
 * @throws OptimizerError `unreachable` when Temporal does not answer for ten seconds
 */
export async function waitForAnswer<T>(connection: ConnectionLike, ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await abortable(connection, ask, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isTemporalUnavailable(error)) throw error
      await requireAnswering(connection)
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

/** The result of a workflow. @throws its failure; otherwise as `waitForAnswer` */
export async function waitForWorkflowResult<W extends Workflow>(
  handle: WorkflowHandle<W>,
  signal?: AbortSignal,
): Promise<WorkflowResultType<W>> {
  return await waitForAnswer(handle.client.connection, () => handle.result(), signal)
}

/** The connection leaves a listener on the signal for every call it makes, so it is given one of its own. */
async function abortable<T>(connection: ConnectionLike, ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  const abort = () => stop.abort()
  signal?.addEventListener('abort', abort)
  try {
    return await connection.withAbortSignal(stop.signal, ask)
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

async function requireAnswering(connection: ConnectionLike): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + patienceMs, async () => await connection.workflowService.getSystemInfo({}))
  } catch (error) {
    throw createConnectionLostError('Temporal', error)
  }
}
