import { computeRewind, type Restoration } from '../analysis/trials/restoration.ts'
import type { Activities, RestoreResult } from '../contract/activities.ts'
import type { AgentRestore } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration, isSameValue, type KnobValues } from '../model/knob.ts'
import { getCurrentConfiguration, listKnobs } from '../store/agents.ts'
import { resolveTrialAlerts } from '../store/alerts.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  findRequestedConfiguration,
  lockAgent,
  setProvenVersion,
} from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { resolveRequestedSettings } from '../store/requested-settings.ts'
import { markResultReverted } from '../store/results.ts'
import { listAgentTrials, listOpenTrials } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { enforceConfiguration, listAwaited } from './enforce-configuration.ts'

/**
 * Restores an agent's whole configuration to a version or a point in time (E5), or sets some knobs. It is a person's decision: a trial
 * that is running on the agent ends, and no earlier trial is rolled back past it.
 * @throws OptimizerError `unknown-agent`, `unknown-version`, `unknown-knob`, `out-of-bounds`; `agent-locked` and `unreachable`, retryable.
 */
export function createRewind(dependencies: Dependencies): Activities['rewind'] {
  const { db, config } = dependencies
  return async (request) => {
    const { agentId, requestId } = request
    const written = await writeRequestedConfiguration(db, request)
    if (!(await acquireLock(db, agentId, requestId, config.trials.lockMs, Date.now()))) {
      const message = `The trial on ${agentId} has to end first; then every instance is verified.`
      throw new OptimizerError('agent-locked', message, { retryable: true })
    }
    // Another person may have set something since, so this is not necessarily what was written.
    const delivery = await getCurrentConfiguration(db, agentId)
    const subject = `Version ${delivery.version} of ${agentId}`
    const { awaited } = (await findConfiguration(db, agentId, delivery.version))!
    const gone = await enforceConfiguration(dependencies, { agentId, delivery, awaited, subject, alertOf: requestId })
    await releaseLock(db, agentId, requestId)
    await resolveTrialAlerts(db, requestId)
    const left = gone.map((instance) => `${instance} was gone; it gets this configuration if it returns`)
    return { ...written, issues: [...written.issues, ...left] }
  }
}

/**
 * Assigns the requested configuration to every instance, once. It becomes a new version even if nothing changes, so that a retry does not
 * overwrite what another person has set meanwhile.
 */
function writeRequestedConfiguration(
  db: Database,
  { agentId, to, by, requestId }: Parameters<Activities['rewind']>[0],
): Promise<RestoreResult> {
  return db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    // Written by an earlier attempt, whatever has happened to the agent's knobs since.
    if (await findRequestedConfiguration(trx, agentId, requestId)) return { outcome: 'done', issues: [] }
    const current = await getCurrentConfiguration(trx, agentId)
    const { values, issues, restoresVersion, why } = await resolveRestoration(trx, { agentId, to, by }, current.values)
    const onTrial = (await listOpenTrials(trx)).some((trial) => trial.agentId === agentId)
    const outcome = isSameConfiguration(values, current.values) && !onTrial ? 'already' : 'done'
    const version = await appendConfiguration(trx, {
      agentId,
      values,
      origin: 'operator',
      restoresVersion,
      requestId,
      decided: Object.keys(typeof to === 'object' ? to : values),
      awaited: await listAwaited(trx, agentId, values),
      reason: why,
    })
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
    await revertOverriddenResults(trx, agentId, values, why)
    return { outcome, issues }
  })
}

interface RequestedRestoration extends Restoration {
  restoresVersion?: number
  why: string
}

async function resolveRestoration(
  db: Database,
  { agentId, to, by }: AgentRestore,
  current: KnobValues,
): Promise<RequestedRestoration> {
  const { values, version } = await resolveRequestedSettings(db, { agentId, to })
  if (version === null)
    return { values: { ...current, ...values }, issues: [], why: `${by} set ${Object.keys(values).join(', ')}` }
  const restored = computeRewind({ knobs: await listKnobs(db, agentId), wanted: values, current })
  return { ...restored, restoresVersion: version, why: `${by} restored version ${version}` }
}

/** Marks the results of kept changes that are no longer in force as reverted. */
async function revertOverriddenResults(db: Database, agentId: string, values: KnobValues, why: string): Promise<void> {
  for (const { id, state, baselineVersion, candidateVersion } of await listAgentTrials(db, agentId)) {
    if (state !== 'kept') continue
    const [before, kept] = await Promise.all([
      findConfiguration(db, agentId, baselineVersion),
      findConfiguration(db, agentId, candidateVersion),
    ])
    const holds = Object.entries(kept!.values).every(
      ([knob, value]) => isSameValue(value, before!.values[knob]) || isSameValue(value, values[knob]),
    )
    if (!holds) await markResultReverted(db, id, why)
  }
}
