/** Planning is long and synchronous: it gets a thread of its own, so that the activities of the worker go on sending their heartbeats. */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { type CyclePlan, type PlanRequest, planCycle } from '../analysis/planning/plan-cycle.ts'

/** The plan, made in a thread that ends with it: a cycle needs one every few minutes. @throws Error where the thread dies */
export function planInThread(request: PlanRequest): Promise<CyclePlan> {
  const thread = new Worker(new URL(import.meta.url), { workerData: { planRequest: request } })
  return new Promise((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', () => reject(new Error('The thread that plans ended without a plan.')))
  })
}

const planRequest: PlanRequest | undefined = workerData?.planRequest
if (planRequest) parentPort?.postMessage(planCycle(planRequest))
