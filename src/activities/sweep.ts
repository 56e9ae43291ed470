import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Activities } from '../contract/activities.ts'
import { restoreWorkflowId, trialWorkflowId } from '../contract/workflows.ts'
import { completeValues } from '../model/declaration.ts'
import { formatTimestamp } from '../model/format.ts'
import { isSameConfiguration } from '../model/knob.ts'
import { listConfiguredAgents } from '../store/agents.ts'
import { listOpenAlerts, resolveSilentDriftAlerts, resolveTrialAlerts } from '../store/alerts.ts'
import { closeApproval, listOpenApprovals, listUnsettledApprovals, recordApprovalLapse } from '../store/approvals.ts'
import { completeConfiguration } from '../store/complete-configuration.ts'
import { listOpenCycles, recordCycleAbandoned } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { loadDeclarationsByAgent } from '../store/declarations.ts'
import { endForgottenDriftPeriods } from '../store/drift.ts'
import { listKnownInstances } from '../store/instance-liveness.ts'
import { findTrial, listOpenTrials, updateTrial } from '../store/trials.ts'
import { startRestore } from '../temporal/starters.ts'
import { withdrawApproval } from '../temporal/withdraw-approval.ts'
import type { Dependencies } from './dependencies.ts'
import { forEachAgent } from './for-each-agent.ts'

/**
 * Cleans up after terminated workflows, which cannot do so themselves. Hands every trial that such a workflow left open to a `restore`
 * workflow, and closes the records of cycles that it left running, of approval requests that nobody can answer any more, and of alerts
 * about restores. Also follows up on instances that are gone: withdraws the requests for approval of agents that have none left, ends the
 * alerts about their drift, and replaces values that only they allowed.
 */
export function createSweep({ db, temporal, config }: Dependencies): Activities['sweep'] {
  return async () => {
    const restoring: string[] = []
    await forEachAgent(db, 'clean-up of trials', await listOpenTrials(db), async (trial) => {
      // Its own workflow ends it, or one that already restores it.
      const carriers = [trial.workflowId, restoreWorkflowId(trial.id)]
      if ((await Promise.all(carriers.map((id) => isRunning(temporal, id)))).some(Boolean)) return
      if (await hasEnded(db, trial.id)) return
      await updateTrial(db, trial.id, { issues: [`${trial.workflowId} ended before the trial did`] })
      await startRestore({ temporal, taskQueue: config.taskQueue }, trial)
      restoring.push(trial.id)
    })
    await forEachAgent(db, 'clean-up of approvals', await listUnsettledApprovals(db), async ({ trialId }) => {
      if (await isRunning(temporal, trialWorkflowId(trialId))) return
      const reason = 'its workflow ended before the trial did'
      await db.transaction().execute(async (trx) => {
        await closeApproval(trx, trialId, { state: 'withdrawn', by: null, reason })
        await recordApprovalLapse(trx, trialId, reason)
      })
    })
    await withdrawApprovalsOfGoneAgents(db, temporal)
    await resolveAlertsOfEndedRestores(db, temporal)
    for (const { id } of await listOpenCycles(db)) {
      if (!(await isRunning(temporal, id))) await recordCycleAbandoned(db, id)
    }
    await completeConfigurations(db)
    await endForgottenDriftPeriods(db)
    await resolveSilentDriftAlerts(db)
    return { restoring }
  }
}

/** Replaces missing values, and those that no live instance allows. */
async function completeConfigurations(db: Database): Promise<void> {
  const [declarations, agents] = await Promise.all([loadDeclarationsByAgent(db), listConfiguredAgents(db)])
  await forEachAgent(db, 'check of configurations', agents, async ({ agentId, values }) => {
    const complete = completeValues(declarations[agentId] ?? [], values)
    if (!isSameConfiguration(complete, values)) await completeConfiguration(db, agentId)
  })
}

async function withdrawApprovalsOfGoneAgents(db: Database, temporal: Client): Promise<void> {
  await forEachAgent(db, 'withdrawal of approvals', await listOpenApprovals(db), async ({ trialId, agentId }) => {
    const instances = await listKnownInstances(db, agentId)
    if (instances.some(({ liveness }) => liveness !== 'gone')) return
    const lastHeard = instances.map(({ heartbeatAt }) => heartbeatAt).sort((a, b) => b.getTime() - a.getTime())[0]
    const since = lastHeard ? ` since ${formatTimestamp(lastHeard)}` : ''
    await withdrawApproval(temporal, trialId, `no instance of ${agentId} has run${since}`)
  })
}

/** A restore that was terminated cannot resolve its alert; one of a trial that is still open is started again. */
async function resolveAlertsOfEndedRestores(db: Database, temporal: Client): Promise<void> {
  const open = new Set((await listOpenTrials(db)).map(({ id }) => id))
  for (const { cause, trialId } of await listOpenAlerts(db)) {
    if (cause !== 'unconfirmed-configuration' || trialId === null || open.has(trialId)) continue
    // A person's request is named after its workflow and run; a kept trial stays closed while its restore finds nothing to write.
    const end = trialId.lastIndexOf('/')
    const workflowId = end < 0 ? restoreWorkflowId(trialId) : trialId.slice(0, end)
    if (!(await isRunning(temporal, workflowId))) await resolveTrialAlerts(db, trialId)
  }
}

/** The trial may have ended since the open ones were listed. */
async function hasEnded(db: Database, trialId: string): Promise<boolean> {
  return (await findTrial(db, trialId))!.endedAt !== null
}

async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}
