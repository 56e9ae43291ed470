import { OptimizerError } from '../model/errors.ts'
import { updateSkippedAgentAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { isConnectionLost } from '../store/errors.ts'
import { isTemporalUnavailable } from '../temporal/errors.ts'

/**
 * Does a step's work for one item after the other. An agent that makes it fail raises an alert, which is resolved once it no longer does;
 * the others continue.
 * @param step names the step, as in "collection"
 * @throws an error that concerns all agents and may pass, such as a lost connection
 */
export async function forEachAgent<Item extends { agentId: string }>(
  db: Database,
  step: string,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const leftOut: { agentId: string; reason: string }[] = []
  for (const item of items) {
    await work(item).catch((error: unknown) => {
      if (isTransientOutage(error)) throw error
      leftOut.push({ agentId: item.agentId, reason: error instanceof Error ? error.message : String(error) })
    })
  }
  await updateSkippedAgentAlerts(db, step, leftOut)
}

/** Whether an error concerns all agents and may pass, such as a lost connection. */
export function isTransientOutage(error: unknown): boolean {
  return isConnectionLost(error) || isTemporalUnavailable(error) || (error instanceof OptimizerError && error.retryable)
}
