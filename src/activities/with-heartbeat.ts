import { heartbeat } from '@temporalio/activity'

const intervalMs = 2_000

/**
 * Runs the work of an activity with a heartbeat every two seconds, so that the death of its worker is noticed early.
 * @param doing shown in the Temporal UI
 * @throws whatever the work throws
 */
export async function withHeartbeat<T>(doing: string, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(doing), intervalMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
