import { determineStandings, isStanding } from '../analysis/reporting/results/index.ts'
import { computeRewind, type Restoration } from '../analysis/trials/restoration.ts'
import type { Activities, RestoreResult } from '../contract/activities.ts'
import type { AgentRestore } from '../model/commands.ts'
import { describeInconsistentKnob } from '../model/declaration.ts'
import { OptimizerError } from '../model/errors.ts'
import { isSameConfiguration, type KnobValues } from '../model/knob.ts'
import { writeOutcomeOnce } from '../store/activity-answers.ts'
import { getCurrentConfiguration } from '../store/agents.ts'
import { resolveTrialAlerts } from '../store/alerts.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findRequestedConfiguration,
  lockAgent,
  setProvenVersion,
} from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listDeclarations } from '../store/declarations.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { resolveRequestedSettings } from '../store/requested-settings.ts'
import { listKeptResults, recordReinstatement, recordUndo } from '../store/results.ts'
import { listOpenTrials } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { enforceCurrentConfiguration, listAwaitedInstances } from './enforce-configuration.ts'
import { listSupersededSettings } from './superseded-settings.ts'
import { wakeLongTrial } from './wake-long-trial.ts'

/**
 * Restores an agent's whole configuration to a version or a point in time (E5), or sets some knobs. It is a person's decision: a trial
 * that is running on the agent ends, and no earlier trial is rolled back past it.
 * @throws OptimizerError `unknown-agent`, `unknown-version`, `unknown-knob`, `out-of-bounds`; `agent-locked` and `unreachable`, retryable.
 */
export function createRewindActivity(dependencies: Dependencies): Activities['rewind'] {
  const { db, config } = dependencies
  return async (request) => {
    const { agentId, requestId } = request
    const { version, decided, outcome, issues } = await writeRequestedConfiguration(db, request)
    const finish = async (result: RestoreResult): Promise<RestoreResult> => {
      await releaseLock(db, agentId, requestId)
      await resolveTrialAlerts(db, requestId)
      return result
    }
    const listLost = async () => [...(await listSupersededSettings(db, agentId, version, decided)).values()]
    const lost = await listLost()
    // The other change waits for the instances.
    if (lost.length === Object.keys(decided).length) return await finish({ outcome: 'superseded', issues: lost })
    if (!(await acquireLock(db, agentId, requestId, config.trials.lockMs, Date.now()))) {
      await wakeLongTrial(dependencies, agentId, { look: true })
      const message = `Another change to ${agentId} must end first; then every instance is verified.`
      throw new OptimizerError('agent-locked', message, { retryable: true })
    }
    const subject = `Version ${version} of ${agentId}`
    const enforced = { agentId, subject, alertOf: requestId, isTolerable: () => true }
    const { gone, drifting } = await enforceCurrentConfiguration(dependencies, enforced)
    const superseded = await listLost()
    const left = gone.map((instance) => `${instance} was gone; it will receive this configuration if it returns`)
    return await finish({
      outcome: superseded.length > 0 ? 'superseded' : drifting.length > 0 ? 'incomplete' : outcome,
      issues: [...issues, ...superseded, ...(await listUneven(db, agentId, decided)), ...drifting, ...left],
    })
  }
}

/** Why some of these settings are not in force on every instance of an agent. */
async function listUneven(db: Database, agentId: string, settings: KnobValues): Promise<string[]> {
  const declarations = await listDeclarations(db, agentId)
  return Object.entries(settings).flatMap(([knob, value]) => describeInconsistentKnob(agentId, declarations, knob, value) ?? [])
}

interface WrittenRequest extends RestoreResult {
  version: number
  /** The settings that the request decided on. */
  decided: KnobValues
}

/**
 * Assigns the requested configuration to every instance, once: a retry must not overwrite what another person has set in the meantime. Nothing
 * is written if it is in force already.
 */
function writeRequestedConfiguration(
  db: Database,
  { agentId, to, by, reason, requestId }: Parameters<Activities['rewind']>[0],
): Promise<WrittenRequest> {
  return writeOutcomeOnce(db, `rewind ${requestId}`, async (trx) => {
    await lockAgent(trx, agentId)
    // Written by an earlier attempt whose answer is no longer on record, whatever has happened to the agent's knobs since.
    const written = await findRequestedConfiguration(trx, agentId, requestId)
    if (written) return { outcome: 'done', issues: [], version: written.version, decided: pick(written.values, written.decided) }
    const current = await getCurrentConfiguration(trx, agentId)
    const { values, issues, restoresVersion, why } = await resolveRestoration(trx, { agentId, to, by, reason }, current.values)
    const names = Object.keys(typeof to === 'object' ? to : values)
    const decided = pick(values, names)
    const onTrial = (await listOpenTrials(trx)).some((trial) => trial.agentId === agentId)
    if (isSameConfiguration(values, current.values) && !onTrial)
      return { outcome: 'already', issues, version: current.version, decided }
    const awaited = await listAwaitedInstances(trx, agentId, values)
    const requested = { agentId, values, restoresVersion, requestId, decided: names, awaited, changedBy: by, reason: why }
    const version = await appendConfiguration(trx, { ...requested, origin: 'operator' })
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
    await recordOverridden(trx, agentId, values, why)
    return { outcome: 'done', issues, version, decided }
  })
}

const pick = (values: KnobValues, names: readonly string[]): KnobValues =>
  Object.fromEntries(names.map((name) => [name, values[name]!]))

interface RequestedRestoration extends Restoration {
  restoresVersion?: number
  why: string
}

async function resolveRestoration(
  db: Database,
  { agentId, to, by, reason }: AgentRestore,
  current: KnobValues,
): Promise<RequestedRestoration> {
  const { values, version } = await resolveRequestedSettings(db, { agentId, to })
  const because = reason ? `: ${reason}` : ''
  if (version === null)
    return { values: { ...current, ...values }, issues: [], why: `${by} set ${Object.keys(values).join(', ')}${because}` }
  const restored = computeRewind({ declarations: await listDeclarations(db, agentId), wanted: values, current })
  return { ...restored, restoresVersion: version, why: `${by} restored version ${version}${because}` }
}

/** Records which kept changes are no longer in force with these values, and which are again. */
async function recordOverridden(db: Database, agentId: string, values: KnobValues, reason: string): Promise<void> {
  for (const [id, standing] of determineStandings(await listKeptResults(db, { agentId }), values)) {
    if (standing === 'restored') continue
    if (isStanding(standing)) await recordReinstatement(db, id)
    else await recordUndo(db, id, { reason, harmful: false })
  }
}
