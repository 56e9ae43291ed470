import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { agentInstances } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { reach } from '../store/reach.ts'
import { trial as readTrial, type Trial } from '../store/trials.ts'
import { isRunning } from '../temporal/outcome.ts'

/** What came of keeping a trial's change. */
export interface Kept {
  kept: boolean
  /** Instances that do not run with it, since they did not answer. */
  silent: string[]
}

/** Waits until a trial has ended, or its workflow has without ending it. */
export async function untilEnded(
  { temporal, db }: { temporal: Client; db: Database },
  { id, workflowId }: Pick<Trial, 'id' | 'workflowId'>,
  signal?: AbortSignal,
): Promise<void> {
  const handle = temporal.workflow.getHandle(workflowId)
  while (!(await readTrial(db, id))?.endedAt && (await isRunning(handle))) await sleep(500, undefined, { signal })
}

export async function whetherKept(db: Database, { id, agentId, candidateVersion }: Trial): Promise<Kept> {
  if ((await readTrial(db, id))?.state !== 'kept') return { kept: false, silent: [] }
  const [{ silent }, instances] = await Promise.all([reach(db, agentId), agentInstances(db, agentId)])
  const without = instances.filter(({ effectiveVersion }) => effectiveVersion !== candidateVersion)
  return { kept: true, silent: without.map(({ instanceId }) => instanceId).filter((instance) => silent.includes(instance)) }
}
