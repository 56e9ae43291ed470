import { WorkflowNotFoundError } from '@temporalio/client'
import { lookNowSignal, rollBackSignal } from '../contract/messages.ts'
import { listOpenTrials } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'

/**
 * Makes sure that a restore does not wait for hours behind a trial outside a cycle. If its agent was edited, the trial notices at its next
 * look, which then comes at once; if an earlier change of the agent must be rolled back, the trial is rolled back first.
 */
export async function wakeLongTrial(
  { db, temporal }: Pick<Dependencies, 'db' | 'temporal'>,
  agentId: string,
  need: { look: true } | { rollBackBecause: string },
): Promise<void> {
  const long = (await listOpenTrials(db)).filter((trial) => trial.agentId === agentId && trial.observeMs !== null)
  for (const { id, workflowId, state } of long) {
    if (state === 'restoring') continue
    const handle = temporal.workflow.getHandle(workflowId)
    const told = 'look' in need ? handle.signal(lookNowSignal) : handle.signal(rollBackSignal, id, need.rollBackBecause)
    await told.catch((error) => {
      // The next cycle cleans up after a workflow that has ended.
      if (!(error instanceof WorkflowNotFoundError)) throw error
    })
  }
}
