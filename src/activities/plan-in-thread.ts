/** Planning in a separate thread: it is long and synchronous, and would stop the heartbeats of the worker's activities. */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { type CyclePlan, type PlanRequest, planCycle } from '../analysis/planning/plan-cycle.ts'

/**
 * Makes a plan in a thread that then ends: a cycle needs one every few minutes.
 * @param signal ends the thread, so that an abandoned plan takes no time from the next attempt's
 * @throws Error if the thread dies or is ended
 */
export async function planInThread(request: PlanRequest, signal?: AbortSignal): Promise<CyclePlan> {
  const thread = new Worker(new URL(import.meta.url), { workerData: { planRequest: request } })
  const end = () => void thread.terminate()
  signal?.addEventListener('abort', end)
  try {
    return await new Promise((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', () => reject(new Error('The planning thread ended without a plan.')))
    })
  } finally {
    signal?.removeEventListener('abort', end)
  }
}

const planRequest: PlanRequest | undefined = workerData?.planRequest
if (planRequest) parentPort?.postMessage(planCycle(planRequest))
