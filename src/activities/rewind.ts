import { type Restoration, rewound } from '../analysis/trials/restoration.ts'
import type { Activities, Restored } from '../contract/activities.ts'
import type { AgentRestore } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { type KnobValues, sameValue, sameValues } from '../model/knob.ts'
import { currentConfiguration, knobsOf } from '../store/agents.ts'
import { resolveAlerts } from '../store/alerts.ts'
import { askedSettings } from '../store/asked-settings.ts'
import {
  appendConfiguration,
  assign,
  configuration,
  lockAgent,
  requestedConfiguration,
  setProven,
} from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { acquireLock, releaseLock } from '../store/locks.ts'
import { markTakenBack } from '../store/results.ts'
import { openTrials, trialsOf } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { putInForce } from './put-in-force.ts'

/**
 * Brings an agent's whole configuration back to a version or a point in time (E5), or sets some of it. It is a person's decision: a trial that
 * runs on the agent ends, and nothing that was decided before is put back past it.
 * @throws OptimizerError `unknown-agent`, `unknown-version`, `unknown-knob`, `out-of-bounds`; `agent-locked` and `unreachable`, retryable.
 */
export function createRewind(dependencies: Dependencies): Activities['rewind'] {
  const { db, config } = dependencies
  return async (request) => {
    const { agentId, requestId } = request
    const written = await write(db, request)
    if (!(await acquireLock(db, agentId, requestId, config.trials.lockMs, Date.now()))) {
      const message = `The trial that runs on ${agentId} ends first; then every instance is verified.`
      throw new OptimizerError('agent-locked', message, { retryable: true })
    }
    // Not necessarily what was written: another person may have set something since.
    const delivery = await currentConfiguration(db, agentId)
    const subject = `Version ${delivery.version} of ${agentId}`
    const gone = await putInForce(dependencies, { agentId, delivery, subject, alertOf: requestId })
    await releaseLock(db, agentId, requestId)
    await resolveAlerts(db, requestId)
    const left = gone.map((instance) => `${instance} was gone; it is given this configuration if it returns`)
    return { ...written, issues: [...written.issues, ...left] }
  }
}

/**
 * Makes it what is desired everywhere, once: also where nothing changes it is a version of its own, so that no later attempt takes
 * what another person has set meanwhile for what is to be replaced.
 */
function write(db: Database, { agentId, to, by, requestId }: Parameters<Activities['rewind']>[0]): Promise<Restored> {
  return db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    // Written by an earlier attempt; what the agent's knobs have become since cannot undo that.
    if (await requestedConfiguration(trx, agentId, requestId)) return { outcome: 'done', issues: [] }
    const current = await currentConfiguration(trx, agentId)
    const { values, issues, restoresVersion, why } = await wanted(trx, { agentId, to, by }, current.values)
    const onTrial = (await openTrials(trx)).some((trial) => trial.agentId === agentId)
    const outcome = sameValues(values, current.values) && !onTrial ? 'already' : 'done'
    const version = await appendConfiguration(trx, {
      agentId,
      values,
      origin: 'operator',
      restoresVersion,
      requestId,
      decided: Object.keys(typeof to === 'object' ? to : values),
      reason: why,
    })
    await assign(trx, agentId, 'all', version)
    await setProven(trx, agentId, version)
    await unlearn(trx, agentId, values, why)
    return { outcome, issues }
  })
}

interface Wanted extends Restoration {
  restoresVersion?: number
  why: string
}

async function wanted(db: Database, { agentId, to, by }: AgentRestore, current: KnobValues): Promise<Wanted> {
  const { values, version } = await askedSettings(db, { agentId, to })
  if (version === null)
    return { values: { ...current, ...values }, issues: [], why: `${by} set ${Object.keys(values).join(', ')}` }
  const restored = rewound({ knobs: await knobsOf(db, agentId), wanted: values, current })
  return { ...restored, restoresVersion: version, why: `${by} put back version ${version}` }
}

/** What was kept and holds no longer counts as taken back. */
async function unlearn(db: Database, agentId: string, values: KnobValues, why: string): Promise<void> {
  for (const { id, state, baselineVersion, candidateVersion } of await trialsOf(db, agentId)) {
    if (state !== 'kept') continue
    const [before, kept] = await Promise.all([
      configuration(db, agentId, baselineVersion),
      configuration(db, agentId, candidateVersion),
    ])
    const holds = Object.entries(kept!.values).every(
      ([knob, value]) => sameValue(value, before!.values[knob]) || sameValue(value, values[knob]),
    )
    if (!holds) await markTakenBack(db, id, why)
  }
}
