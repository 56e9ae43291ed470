import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Activities } from '../contract/activities.ts'
import { getRestoreWorkflowId, getTrialWorkflowId } from '../contract/workflows.ts'
import { completeValues } from '../model/declaration.ts'
import { formatTimestamp } from '../model/format.ts'
import { isSameConfiguration } from '../model/knob.ts'
import { listAgentsWithConfiguration } from '../store/agents.ts'
import { listOpenAlerts, resolveSilentDriftAlerts, resolveTrialAlerts } from '../store/alerts.ts'
import { closeApproval, listOpenApprovals, listUnsettledApprovals, recordApprovalLapse } from '../store/approvals.ts'
import { completeConfiguration } from '../store/complete-configuration.ts'
import { listOpenCycles, recordCycleAbandonment } from '../store/cycles.ts'
import type { Database } from '../store/database.ts'
import { loadDeclarationsByAgent } from '../store/declarations.ts'
import { endStaleDriftPeriods } from '../store/drift.ts'
import { loadKnownInstances } from '../store/instance-liveness.ts'
import { findTrial, listOpenTrials, type Trial, updateTrial } from '../store/trials.ts'
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
export function createSweepActivity({ db, temporal, config }: Dependencies): Activities['sweep'] {
  return async () => {
    const restoring: string[] = []
    const trials = await listOpenTrials(db)
    const running = await findRunning(
      temporal,
      trials.flatMap((trial) => listCarriers(trial)),
    )
    await forEachAgent(db, 'clean-up of trials', trials, async (trial) => {
      if (listCarriers(trial).some((id) => running.has(id))) return
      if (await hasEnded(db, trial.id)) return
      await updateTrial(db, trial.id, { issues: [`${trial.workflowId} ended before the trial did`] })
      await startRestore({ temporal, taskQueue: config.taskQueue }, trial)
      restoring.push(trial.id)
    })
    const unsettled = await listUnsettledApprovals(db)
    const waiting = await findRunning(
      temporal,
      unsettled.map(({ trialId }) => getTrialWorkflowId(trialId)),
    )
    await forEachAgent(db, 'clean-up of approvals', unsettled, async ({ trialId }) => {
      if (waiting.has(getTrialWorkflowId(trialId))) return
      const reason = 'its workflow ended before the trial did'
      await db.transaction().execute(async (trx) => {
        await closeApproval(trx, trialId, { state: 'withdrawn', by: null, reason })
        await recordApprovalLapse(trx, trialId, reason)
      })
    })
    await withdrawApprovalsOfGoneAgents(db, temporal)
    await resolveAlertsOfEndedRestores(db, temporal)
    const cycles = (await listOpenCycles(db)).map(({ id }) => id)
    const active = await findRunning(temporal, cycles)
    for (const id of cycles) if (!active.has(id)) await recordCycleAbandonment(db, id)
    await completeConfigurations(db)
    await endStaleDriftPeriods(db)
    await resolveSilentDriftAlerts(db)
    return { restoring }
  }
}

/** Replaces missing values, and those that no live instance allows. */
async function completeConfigurations(db: Database): Promise<void> {
  const [declarations, agents] = await Promise.all([loadDeclarationsByAgent(db), listAgentsWithConfiguration(db)])
  await forEachAgent(db, 'check of configurations', agents, async ({ agentId, values }) => {
    const complete = completeValues(declarations[agentId] ?? [], values)
    if (!isSameConfiguration(complete, values)) await completeConfiguration(db, agentId)
  })
}

async function withdrawApprovalsOfGoneAgents(db: Database, temporal: Client): Promise<void> {
  const open = await listOpenApprovals(db)
  const known = await loadKnownInstances(db, { agentIds: [...new Set(open.map(({ agentId }) => agentId))] })
  await forEachAgent(db, 'withdrawal of approvals', open, async ({ trialId, agentId }) => {
    const instances = known.get(agentId) ?? []
    if (instances.some(({ liveness }) => liveness !== 'gone')) return
    const lastHeard = instances.map(({ heartbeatAt }) => heartbeatAt).sort((a, b) => b.getTime() - a.getTime())[0]
    const since = lastHeard ? ` since ${formatTimestamp(lastHeard)}` : ''
    await withdrawApproval(temporal, trialId, `no instance of ${agentId} has run${since}`)
  })
}

/** A restore that was terminated cannot resolve its alert; one of a trial that is still open is started again. */
async function resolveAlertsOfEndedRestores(db: Database, temporal: Client): Promise<void> {
  const open = new Set((await listOpenTrials(db)).map(({ id }) => id))
  const restored = (await listOpenAlerts(db)).flatMap(({ cause, trialId }) =>
    cause === 'unconfirmed-configuration' && trialId !== null && !open.has(trialId) ? [trialId] : [],
  )
  const running = await findRunning(temporal, restored.map(getRestoreId))
  for (const trialId of restored) if (!running.has(getRestoreId(trialId))) await resolveTrialAlerts(db, trialId)
}

/** A person's request is named after its workflow and run; a kept trial stays closed while its restore finds nothing to write. */
function getRestoreId(trialId: string): string {
  const end = trialId.lastIndexOf('/')
  return end < 0 ? getRestoreWorkflowId(trialId) : trialId.slice(0, end)
}

/** The trial may have ended since the open ones were listed. */
async function hasEnded(db: Database, trialId: string): Promise<boolean> {
  return (await findTrial(db, trialId))!.endedAt !== null
}

/** The workflows that end a trial: its own, and one that already restores it. */
const listCarriers = ({ id, workflowId }: Trial) => [workflowId, getRestoreWorkflowId(id)]

/** Workflows that are asked about at the same time. */
const askedAtOnce = 20

/** The ids of those workflows that are running. */
async function findRunning(temporal: Client, workflowIds: readonly string[]): Promise<Set<string>> {
  const unique = [...new Set(workflowIds)]
  const running: string[] = []
  for (let next = 0; next < unique.length; next += askedAtOnce) {
    const group = unique.slice(next, next + askedAtOnce)
    const states = await Promise.all(group.map((id) => isRunning(temporal, id)))
    running.push(...group.filter((_, index) => states[index]))
  }
  return new Set(running)
}

async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}
