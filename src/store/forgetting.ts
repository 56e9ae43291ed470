import { OptimizerError } from '../model/errors.ts'
import { requireAgent } from './agents.ts'
import { resolveAgentAlerts } from './alerts.ts'
import { lockAgent } from './configurations.ts'
import type { Database } from './database.ts'
import { endStaleDriftPeriods } from './drift.ts'
import { classifyInstances } from './instance-liveness.ts'
import { findLock } from './locks.ts'
import { deleteUndeclaredMetrics } from './metrics.ts'
import { lockFleet } from './pause.ts'
import { loadRecordedPolicy } from './policy-changes.ts'
import { listOpenTrials } from './trials.ts'

/**
 * Forgets an agent: it is not listed, measured or optimized until it registers again, with the configuration that it had. Its instances,
 * metrics, expired locks and open alerts are deleted or closed; its configurations, trials, results and reports stay as history. What it
 * has reported so far no longer counts, since a metric may mean something else when it comes back.
 * @throws OptimizerError `unknown-agent`; `agent-live`, `trial-open`, `restore-open`, `in-focus`
 */
export async function forgetAgent(
  db: Database,
  { agentId, by, reason = '' }: { agentId: string; by: string; reason?: string },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockFleet(trx)
    await requireAgent(trx, agentId)
    await lockAgent(trx, agentId)
    await assertForgettable(trx, agentId)
    await trx.deleteFrom('agentInstances').where('agentId', '=', agentId).execute()
    await endStaleDriftPeriods(trx)
    await deleteUndeclaredMetrics(trx)
    await trx.deleteFrom('agentMetrics').where('agentId', '=', agentId).execute()
    await trx.deleteFrom('locks').where('agentId', '=', agentId).execute()
    await resolveAgentAlerts(trx, agentId)
    const now = new Date()
    const forgotten = { forgottenAt: now, forgottenBy: by, forgottenWhy: reason, historyFrom: now }
    await trx.updateTable('agents').set(forgotten).where('agentId', '=', agentId).execute()
  })
}

async function assertForgettable(db: Database, agentId: string): Promise<void> {
  const { live } = await classifyInstances(db, agentId)
  if (live.length > 0)
    throw new OptimizerError('agent-live', `${agentId} is running (${live.join(', ')}); stop it first, then forget it.`)
  const trial = (await listOpenTrials(db)).find((open) => open.agentId === agentId)
  if (trial) {
    const command = trial.state === 'restoring' ? `give-up ${trial.id} --reason <text>` : `rollback ${trial.id}`
    throw new OptimizerError('trial-open', `${trial.id} on ${agentId} has not ended; npx optimizer ${command} ends it.`)
  }
  const lock = await findLock(db, agentId)
  if (lock && lock.expiresAt.getTime() > Date.now())
    throw new OptimizerError(
      'restore-open',
      `A restore of ${agentId} has not ended; npx optimizer status lists it, npx optimizer give-up ends it.`,
    )
  if ((await loadRecordedPolicy(db)).focus === agentId)
    throw new OptimizerError(
      'in-focus',
      `The focus is on ${agentId}; end it with npx optimizer focus all, then forget the agent.`,
    )
}
