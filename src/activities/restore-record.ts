import { activityInfo } from '@temporalio/activity'
import type { Activities, RestoreResult } from '../contract/activities.ts'
import type { TrialRestore } from '../model/commands.ts'
import { describeError, OptimizerError } from '../model/errors.ts'
import { formatValue } from '../model/format.ts'
import type { Database } from '../store/database.ts'
import { type NewRestore, recordRestoreEnd, recordRestoreStart } from '../store/restores.ts'
import { findTrial } from '../store/trials.ts'

type Rewind = Parameters<Activities['rewind']>[0]
type Facts = Omit<NewRestore, 'workflowId' | 'runId'>

/** The record of the rollback of a trial; undefined if there is no such trial. */
export async function buildTrialRestoreRecord(db: Database, input: TrialRestore): Promise<Facts | undefined> {
  const { trialId, reason = '', requestedBy = 'optimizer' } = input
  const agentId = (await findTrial(db, trialId))?.agentId
  return agentId === undefined ? undefined : { agentId, trialId, target: `as before ${trialId}`, requestedBy, reason }
}

/** The record of a restore of an agent. */
export async function buildRewindRecord(_: Database, { agentId, to, by, reason = '' }: Rewind): Promise<Facts> {
  const target =
    typeof to === 'number'
      ? `version ${to}`
      : typeof to === 'string'
        ? `as of ${to}`
        : Object.entries(to)
            .map(([knob, value]) => `${knob} ${formatValue(value)}`)
            .join(', ')
  return { agentId, trialId: null, target, requestedBy: by, reason }
}

/** A restore that the `restore` workflow carries out, and that is on record from its start to its end. */
export const withRestoreRecord =
  <Input>(
    db: Database,
    describe: (db: Database, input: Input) => Promise<Facts | undefined>,
    restore: (input: Input) => Promise<RestoreResult>,
  ) =>
  async (input: Input): Promise<RestoreResult> => {
    const { workflowType, workflowExecution } = activityInfo()
    if (workflowType !== 'restore' || !workflowExecution) return await restore(input)
    const { workflowId, runId } = workflowExecution
    const facts = await describe(db, input)
    if (facts) await recordRestoreStart(db, { ...facts, workflowId, runId })
    try {
      const result = await restore(input)
      await recordRestoreEnd(db, runId, result)
      return result
    } catch (error) {
      // It is not tried again.
      if (error instanceof OptimizerError && !error.retryable)
        await recordRestoreEnd(db, runId, { outcome: null, issues: [describeError(error)] })
      throw error
    }
  }

/** The end of a restore that an operator ended. */
export const withGiveUpRecord =
  (db: Database, giveUp: Activities['giveUp']): Activities['giveUp'] =>
  async (input) => {
    const result = await giveUp(input)
    const { workflowExecution } = activityInfo()
    if (workflowExecution) await recordRestoreEnd(db, workflowExecution.runId, result)
    return result
  }
