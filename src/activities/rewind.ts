import { determineStandings, doesStand } from '../analysis/reporting/results/index.ts'
import { computeRewind, type Restoration } from '../analysis/trials/restoration.ts'
import type { Activities, RestoreResult } from '../contract/activities.ts'
import type { AgentRestore } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration, type KnobValues } from '../model/knob.ts'
import { answerOnce } from '../store/activity-answers.ts'
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
import { listKeptResults, recordRedoing, recordUndoing } from '../store/results.ts'
import { listOpenTrials } from '../store/trials.ts'
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
 * Assigns the requested configuration to every instance, once: a retry must not overwrite what another person has set meanwhile. Nothing
 * is written if it is in force already.
 */
function writeRequestedConfiguration(
  db: Database,
  { agentId, to, by, requestId }: Parameters<Activities['rewind']>[0],
): Promise<RestoreResult> {
  return answerOnce(db, `rewind ${requestId}`, async (trx) => {
    await lockAgent(trx, agentId)
    // Written by an earlier attempt, whose answer is no longer on record.
    if (await findRequestedConfiguration(trx, agentId, requestId)) return { outcome: 'done', issues: [] }
    const current = await getCurrentConfiguration(trx, agentId)
    const { values, issues, restoresVersion, why } = await resolveRestoration(trx, { agentId, to, by }, current.values)
    const onTrial = (await listOpenTrials(trx)).some((trial) => trial.agentId === agentId)
    if (isSameConfiguration(values, current.values) && !onTrial) return { outcome: 'already', issues }
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
    await recordOverridden(trx, agentId, values, why)
    return { outcome: 'done', issues }
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

/** Records which kept changes no longer stand with these values, and which stand again. */
async function recordOverridden(db: Database, agentId: string, values: KnobValues, reason: string): Promise<void> {
  for (const [id, standing] of determineStandings(await listKeptResults(db, agentId), values)) {
    if (standing === 'restored') continue
    if (doesStand(standing)) await recordRedoing(db, id)
    else await recordUndoing(db, id, { reason, harmful: false })
  }
}
