import { z } from 'zod'
import type { RestoreResult } from '../contract/activities.ts'
import { describeError } from '../model/errors.ts'
import { type UndoRequest, undoRequestSchema } from '../model/undo.ts'
import { type PlannedUndo, plannedUndoSchema, planUndo } from '../reading/plan-undo.ts'
import { isTemporalUnavailable } from '../temporal/errors.ts'
import { forEachConcurrently } from './for-each-concurrently.ts'
import type { OptimizerClient } from './optimizer.ts'
import { recordRequest, recordRequestWithoutEffect } from './record-request.ts'
import type { StartedWorkflow } from './started-workflow.ts'

const startedAtOnce = 10

export const undoOutcomeSchema = z.object({
  planned: z.array(plannedUndoSchema),
  started: z
    .array(z.object({ agentId: z.string(), workflowId: z.string() }))
    .describe('The workflows that carry out the undo; none in a dry run'),
  failed: z.array(z.object({ agentId: z.string(), reason: z.string() })).describe('Agents whose workflow could not be started'),
})

export interface UndoOutcome {
  planned: PlannedUndo[]
  started: (StartedWorkflow<RestoreResult> & { agentId: string })[]
  failed: { agentId: string; reason: string }[]
}

/**
 * Undoes what a trial changed, or what happened to an agent or to the whole fleet since a time. Agents on which nothing differs are left
 * alone. If Temporal stops answering, the remaining agents are skipped.
 * @param ask starts one of the workflows, such as within a time
 * @throws OptimizerError `unknown-trial`, `unknown-agent`, `unknown-version`, `nothing-to-undo`; ZodError if the request is invalid; what
 * `ask` throws, of the whole fleet only if Temporal does not answer and nothing was started
 */
export async function undo(
  client: OptimizerClient,
  request: UndoRequest,
  ask: <T>(start: () => Promise<T>) => Promise<T> = (start) => start(),
): Promise<UndoOutcome> {
  const { target, by, reason, dryRun } = undoRequestSchema.parse(request)
  const planned = await planUndo(client, target)
  const outcome: UndoOutcome = { planned, started: [], failed: [] }
  if (dryRun) return outcome
  const differing = planned.filter(({ already }) => !already)
  // The trials that are judged together with a trial end with it.
  const toUndo = 'trialId' in target ? differing.slice(0, 1) : differing
  let away: { error: unknown } | undefined
  await forEachConcurrently(toUndo, startedAtOnce, async ({ agentId, to, changes }) => {
    try {
      if (away) throw away.error
      const workflow = await ask(() =>
        'trialId' in target
          ? client.rollBack(target.trialId, by, reason)
          : client.restore({ agentId, to: to!, by, ...(reason && { reason }) }),
      )
      const { workflowId, result } = workflow
      // Somebody else undid it since it was planned.
      if (workflowId === null) return
      outcome.started.push({ agentId, workflowId, result })
      // The rollback of a trial is recorded as such.
      if ('trialId' in target) return
      await recordRequest(client.db, {
        action: 'undo.requested',
        actor: by,
        subject: agentId,
        reason,
        workflowId,
        detail: { target, changes },
      })
    } catch (error) {
      if (!('all' in target)) throw error
      if (isTemporalUnavailable(error)) away ??= { error }
      outcome.failed.push({ agentId, reason: describeError(error) })
    }
  })
  if (away && outcome.started.length === 0) throw away.error
  if (toUndo.length === 0) {
    const subject = 'all' in target ? 'fleet' : planned[0]!.agentId
    await recordRequestWithoutEffect(client.db, { asked: 'undo', actor: by, subject, reason, detail: { target } })
  }
  return outcome
}
