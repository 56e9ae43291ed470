/** Planning in a separate thread: it is long and synchronous, and would stop the heartbeats of the worker's activities. */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { type CyclePlan, type PlanRequest, planCycle } from '../analysis/planning/plan-cycle.ts'

/** Makes a plan in a thread that then ends: a cycle needs one every few minutes. @throws Error if the thread dies */
export function planInThread(request: PlanRequest): Promise<CyclePlan> {
  const thread = new Worker(new URL(import.meta.url), { workerData: { planRequest: request } })
  return new Promise((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', () => reject(new Error('The planning thread ended without a plan.')))
  })
}

const planRequest: PlanRequest | undefined = workerData?.planRequest
if (planRequest) parentPort?.postMessage(planCycle(planRequest))
