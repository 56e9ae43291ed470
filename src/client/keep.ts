import type { Client } from '@temporalio/client'
import type { KeepRequest } from '../model/commands.ts'
import { describeDrift, findDrift } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import { findConfiguration } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { loadInstanceValues } from '../store/deliveries.ts'
import { listKnownInstances } from '../store/instance-liveness.ts'
import { findTrial, type Trial } from '../store/trials.ts'
import { waitForWorkflowResult } from '../temporal/waiting.ts'
import { recordRequestWithoutEffect } from './record-request.ts'
import type { StartedWorkflow } from './started-workflow.ts'
import { requestKeep } from './trial-end.ts'

/** The outcome of a request to keep a trial's change. */
export interface KeepOutcome {
  kept: boolean
  /** Instances that do not run with it because they did not respond. */
  silent: string[]
  /** A sentence about each one that confirmed it but runs with other values; missing if there is none. */
  drifting?: string[]
  /** It was kept before; nothing was changed. */
  already?: boolean
}

/** See `OptimizerClient.keep`. */
export async function keepTrial(
  { db, temporal }: { db: Database; temporal: Client },
  request: KeepRequest,
): Promise<StartedWorkflow<KeepOutcome>> {
  const { trialId, by: actor, reason } = request
  const trial = await findTrial(db, trialId)
  if (!trial) throw new OptimizerError('unknown-trial', `There is no trial ${trialId}; see npx optimizer status.`)
  const { agentId: subject, workflowId } = trial
  if (trial.state === 'kept') {
    await recordRequestWithoutEffect(db, { asked: 'keep', actor, subject, cause: trialId, reason })
    return { workflowId, result: async () => ({ kept: true, silent: [], already: true }) }
  }
  const ended = trial.endedAt ? undefined : await requestKeep(temporal, workflowId, request)
  if (!ended) throw new OptimizerError('trial-over', `${trialId} has already ended; npx optimizer try starts another.`)
  const result = async (signal?: AbortSignal) => {
    const ending = await ended(signal)
    if (!ending) return await loadKeepOutcome(db, trial)
    const { kept, silent, drifting, handedOverTo } = ending
    if (handedOverTo) await waitForWorkflowResult(temporal.workflow.getHandle(handedOverTo), signal)
    return { kept, silent, drifting }
  }
  return { workflowId, result }
}

/** The outcome from the record, if no workflow answered: which instances run with other values, whatever version they report. */
export async function loadKeepOutcome(db: Database, { id, agentId, candidateVersion }: Trial): Promise<KeepOutcome> {
  if ((await findTrial(db, id))?.state !== 'kept') return { kept: false, silent: [] }
  const { values } = (await findConfiguration(db, agentId, candidateVersion))!
  const [instances, expected] = await Promise.all([listKnownInstances(db, agentId), loadInstanceValues(db, agentId, values)])
  const unlike = instances
    .map((instance) => ({ ...instance, drift: findDrift(expected.get(instance.instanceId)!, instance.effectiveValues ?? {}) }))
    .filter(({ drift }) => drift.length > 0)
  const drifting = unlike.filter(({ liveness }) => liveness === 'live')
  return {
    kept: true,
    silent: unlike.filter(({ liveness }) => liveness === 'silent').map(({ instanceId }) => instanceId),
    ...(drifting.length > 0 && {
      drifting: drifting.map(({ instanceId, drift }) => `${instanceId} runs with ${describeDrift(drift)}.`),
    }),
  }
}
