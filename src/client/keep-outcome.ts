import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { listAgentInstances } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { findTrial, type Trial } from '../store/trials.ts'
import { isWorkflowRunning } from '../temporal/workflow-result.ts'

/** What came of keeping a trial's change. */
export interface KeepOutcome {
  kept: boolean
  /** Instances that do not run with it, since they did not answer. */
  silent: string[]
}

/** Waits until a trial has ended, or its workflow has without ending it. */
export async function waitForTrialEnd(
  { temporal, db }: { temporal: Client; db: Database },
  { id, workflowId }: Pick<Trial, 'id' | 'workflowId'>,
  signal?: AbortSignal,
): Promise<void> {
  const handle = temporal.workflow.getHandle(workflowId)
  while (!(await findTrial(db, id))?.endedAt && (await isWorkflowRunning(handle))) await sleep(500, undefined, { signal })
}

export async function loadKeepOutcome(db: Database, { id, agentId, candidateVersion }: Trial): Promise<KeepOutcome> {
  if ((await findTrial(db, id))?.state !== 'kept') return { kept: false, silent: [] }
  const [{ silent }, instances] = await Promise.all([classifyInstances(db, agentId), listAgentInstances(db, agentId)])
  const without = instances.filter(({ effectiveVersion }) => effectiveVersion !== candidateVersion)
  return { kept: true, silent: without.map(({ instanceId }) => instanceId).filter((instance) => silent.includes(instance)) }
}
