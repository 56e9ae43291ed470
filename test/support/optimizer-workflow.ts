import type { WorkflowHandle } from '@temporalio/client'
import type { Activities } from '../../src/contract/activities.ts'
import type { CycleSummary, OptimizerState } from '../../src/model/cycle.ts'
import { scriptedFleet, taskQueue, type WorkflowEnvironment } from './workflows.ts'

let runs = 0

/** An optimizer workflow of its own, whatever its id. */
export function startOptimizerWorkflow({ client }: WorkflowEnvironment, ...carried: [OptimizerState?]): Promise<WorkflowHandle> {
  return client.workflow.start('optimizer', { taskQueue, workflowId: `optimizer-${++runs}`, args: carried })
}

export type OptimizerWork = (control: WorkflowHandle, done: string[]) => Promise<void>
export type ActivityOverrides = Partial<Activities> | ((done: string[]) => Partial<Activities>)

/** Runs the work with an optimizer workflow that has read its policy; `done` is what it had done. */
export async function withOptimizerWorkflow(
  environment: WorkflowEnvironment,
  work: OptimizerWork,
  overrides: ActivityOverrides = {},
): Promise<void> {
  const done: string[] = []
  const fleet = scriptedFleet([], typeof overrides === 'function' ? overrides(done) : overrides, done)
  await environment.withActivities(fleet.activities, async () => {
    const control = await startOptimizerWorkflow(environment)
    await control.executeUpdate('readPolicy')
    await work(control, done)
    await control.terminate()
  })
}

export const finished = (summary: Partial<CycleSummary>): CycleSummary => ({
  cycleId: 'cycle-1',
  proven: 0,
  unproven: 0,
  worstSeverity: null,
  autonomy: 0.8,
  autonomyByKind: {},
  reputation: null,
  ...summary,
})

/** A command of ada's, as the update takes it. */
export const ordered = (type: string, reason: string, details: object = {}): { args: [unknown] } => ({
  args: [{ command: { type, ...details }, by: 'ada', reason }],
})
