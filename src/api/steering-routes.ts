import { WorkflowUpdateFailedError } from '@temporalio/client'
import { Hono } from 'hono'
import type { OptimizerClient } from '../client/optimizer.ts'
import { approvalDecisionSchema } from '../model/approval.ts'
import { agentRestoreSchema, commandRequestSchema, cycleInputSchema, keepRequestSchema } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { isTemporalUnavailable } from '../temporal/errors.ts'

const answerWithinMs = 10_000

/** What people and tools steer with: commands, answered with the policy after them, cycles, restores, and their word on a trial. */
export function createSteeringRoutes(optimizer: OptimizerClient): Hono {
  const throughTemporal = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await optimizer.temporal.connection.withDeadline(Date.now() + answerWithinMs, work)
    } catch (error) {
      throw toApiError(error)
    }
  }
  return new Hono()
    .post('/commands', async (context) => {
      const { command, by, reason } = commandRequestSchema.parse(await context.req.json())
      return context.json(await throughTemporal(() => optimizer.command(command, by, reason)))
    })
    .post('/trials/:id/approval', async (context) => {
      const decision = approvalDecisionSchema.parse(await context.req.json())
      return context.json(await throughTemporal(() => optimizer.decide(context.req.param('id'), decision)))
    })
    .post('/trials/:id/keep', async (context) => {
      const { by, why } = keepRequestSchema.omit({ trialId: true }).parse(await context.req.json())
      const { workflowId } = await throughTemporal(() => optimizer.keep(context.req.param('id'), by, why))
      return context.json({ workflowId })
    })
    .post('/cycles', async (context) => {
      const input = cycleInputSchema.parse(await context.req.json())
      const { workflowId } = await throughTemporal(() => optimizer.startCycle(input))
      return context.json({ workflowId })
    })
    .post('/restores', async (context) => {
      const input = agentRestoreSchema.parse(await context.req.json())
      const { workflowId } = await throughTemporal(() => optimizer.restore(input))
      return context.json({ workflowId })
    })
}

function toApiError(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError)
    return new OptimizerError('refused', `The optimizer refuses it: ${error.cause?.message ?? error.message}`, { cause: error })
  // Either way of failing leaves open whether it arrived.
  if (!isTemporalUnavailable(error)) return error
  const message = 'Temporal or the worker does not answer at present; see what is in force before you send it again.'
  return new OptimizerError('unavailable', message, { retryable: true, cause: error })
}
