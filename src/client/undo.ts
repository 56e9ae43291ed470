import { z } from 'zod'
import type { RestoreResult } from '../contract/activities.ts'
import { describeError } from '../model/errors.ts'
import { type UndoRequest, undoRequestSchema } from '../model/undo.ts'
import { type PlannedUndo, plannedUndoSchema, planUndo } from '../reading/plan-undo.ts'
import type { OptimizerClient } from './optimizer.ts'
import { recordRequest, recordRequestWithoutEffect } from './record-request.ts'
import type { StartedWorkflow } from './started-workflow.ts'

export const undoOutcomeSchema = z.object({
  planned: z.array(plannedUndoSchema),
  started: z
    .array(z.object({ agentId: z.string(), workflowId: z.string() }))
    .describe('The workflows that do it; none in a dry run'),
  failed: z.array(z.object({ agentId: z.string(), reason: z.string() })).describe('Agents for which none could be started'),
})

export interface UndoOutcome {
  planned: PlannedUndo[]
  started: (StartedWorkflow<RestoreResult> & { agentId: string })[]
  failed: { agentId: string; reason: string }[]
}

/**
 * Undoes what a trial changed, or what happened to an agent or to the whole fleet since a time. Agents on which nothing differs are left
 * alone.
 * @throws OptimizerError `unknown-trial`, `unknown-agent`, `unknown-version`, `nothing-to-undo`; ZodError if the request is invalid
 */
export async function undo(client: OptimizerClient, request: UndoRequest): Promise<UndoOutcome> {
  const { target, by, reason, dryRun } = undoRequestSchema.parse(request)
  const planned = await planUndo(client, target)
  const outcome: UndoOutcome = { planned, started: [], failed: [] }
  if (dryRun) return outcome
  for (const { agentId, to, changes } of planned) {
    // A running trial ends, also if the proven configuration stays the same.
    if (changes.length === 0 && !('trialId' in target)) continue
    try {
      const workflow =
        'trialId' in target
          ? await client.rollBack(target.trialId, by, reason)
          : await client.restore({ agentId, to: to!, by, ...(reason && { reason }) })
      outcome.started.push({ agentId, ...workflow })
      const { workflowId } = workflow
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
      outcome.failed.push({ agentId, reason: describeError(error) })
    }
  }
  if (outcome.started.length + outcome.failed.length === 0) {
    const subject = 'agentId' in target ? target.agentId : 'fleet'
    await recordRequestWithoutEffect(client.db, { asked: 'undo', actor: by, subject, reason, detail: { target } })
  }
  return outcome
}
