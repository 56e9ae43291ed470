/** The difference that an undo makes, before anything is changed. */
import { z } from 'zod'
import { computeRestoration, computeRewind, type Restoration } from '../analysis/trials/restoration.ts'
import { OptimizerError } from '../model/errors.ts'
import { addKnobUnits } from '../model/finished-trial.ts'
import { isSameConfiguration, isSameValue, type KnobValues } from '../model/knob.ts'
import { actionSchema } from '../model/strategy.ts'
import type { UndoTarget } from '../model/undo.ts'
import { getCurrentConfiguration, listAgentsWithConfiguration, requireAgent } from '../store/agents.ts'
import { findConfiguration } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { listDeclarations, loadKnobsByAgent } from '../store/declarations.ts'
import { listPoolTrials } from '../store/pools.ts'
import { findLatestChange, listConfigurationsAt, loadOperatorSetKnobs } from '../store/proven-versions.ts'
import { resolveRequestedSettings } from '../store/requested-settings.ts'
import { findTrial, type Trial } from '../store/trials.ts'
import type { ReadContext } from './context.ts'

export const plannedUndoSchema = z.object({
  agentId: z.string(),
  to: z
    .union([z.int(), z.string()])
    .nullable()
    .describe('The version or time that the agent returns to; null if the change of one trial is undone'),
  changes: z.array(actionSchema.pick({ knob: true, from: true, to: true, unit: true })).describe('Empty if nothing differs'),
  issues: z.array(z.string()).describe('What is left unchanged, and why'),
  already: z.boolean().describe('Whether it is undone already, so there is nothing to do'),
})
export type PlannedUndo = z.infer<typeof plannedUndoSchema>

/**
 * The changes that an undo makes, by agent: of a trial, its own first; of the whole fleet, only agents on which something differs.
 * @throws OptimizerError `unknown-trial`, `unknown-agent`, `unknown-version`, `nothing-to-undo`
 */
export async function planUndo({ db }: Pick<ReadContext, 'db'>, target: UndoTarget): Promise<PlannedUndo[]> {
  const planned = await planChanges(db, target)
  if (planned.length === 0) return []
  const knobs = await loadKnobsByAgent(
    db,
    planned.map(({ agentId }) => agentId),
  )
  return planned.map((plan) => ({ ...plan, changes: addKnobUnits(plan.changes, knobs[plan.agentId] ?? []) }))
}

async function planChanges(db: Database, target: UndoTarget): Promise<PlannedUndo[]> {
  if ('trialId' in target) {
    const trial = await findTrial(db, target.trialId)
    if (!trial) throw new OptimizerError('unknown-trial', `There is no trial ${target.trialId}; see npx optimizer status.`)
    const others = trial.endedAt ? [] : await listOpenPoolTrials(db, trial)
    return await Promise.all([trial, ...others].map((each) => planTrialUndo(db, each)))
  }
  if ('agentId' in target) {
    const { agentId } = target
    const to = target.to ?? (await findVersionBeforeLatestChange(db, agentId))
    const { values: wanted } = await resolveRequestedSettings(db, { agentId, to })
    return [await planRewind(db, agentId, to, wanted, (await getCurrentConfiguration(db, agentId)).values)]
  }
  const then = await listConfigurationsAt(db, new Date(target.to))
  const agents = (await listAgentsWithConfiguration(db)).filter(({ agentId, values }) => {
    const wanted = then.get(agentId)
    return wanted && !isSameConfiguration(wanted, values)
  })
  const plans: PlannedUndo[] = []
  for (const { agentId, values } of agents) plans.push(await planRewind(db, agentId, target.to, then.get(agentId)!, values))
  return plans
}

/** The other trials that are judged together with a running one: they end with it. */
async function listOpenPoolTrials(db: Database, { id, poolId }: Trial): Promise<Trial[]> {
  const members = poolId === null ? [] : await listPoolTrials(db, poolId)
  return members.filter((member) => member.id !== id && member.endedAt === null)
}

async function planTrialUndo(db: Database, trial: Trial): Promise<PlannedUndo> {
  const { agentId, state, endedAt, baselineVersion, candidateVersion } = trial
  if (state === 'restored')
    return { agentId, to: null, changes: [], issues: [`The change of ${trial.id} is undone already.`], already: true }
  if (endedAt)
    return describe(agentId, null, (await getCurrentConfiguration(db, agentId)).values, await planRestoration(db, trial))
  // While it runs, only its candidates have its values.
  const [baseline, candidate] = await Promise.all(
    [baselineVersion, candidateVersion].map((version) => findConfiguration(db, agentId, version)),
  )
  return describe(agentId, null, candidate!.values, { values: baseline!.values, issues: [] })
}

/** The values that undo the change of a trial, unless they have been changed since. */
export async function planRestoration(db: Database, { agentId, baselineVersion, candidateVersion }: Trial): Promise<Restoration> {
  const baseline = (await findConfiguration(db, agentId, baselineVersion))!.values
  const candidate = (await findConfiguration(db, agentId, candidateVersion))!.values
  const current = (await getCurrentConfiguration(db, agentId)).values
  const declarations = await listDeclarations(db, agentId)
  const decided = await loadOperatorSetKnobs(db, agentId, candidateVersion)
  return computeRestoration({ declarations, baseline, candidate, current, decided })
}

async function planRewind(db: Database, agentId: string, to: number | string, wanted: KnobValues, current: KnobValues) {
  const declarations = await listDeclarations(db, agentId)
  return describe(agentId, to, current, computeRewind({ declarations, wanted, current }))
}

function describe(agentId: string, to: PlannedUndo['to'], current: KnobValues, { values, issues }: Restoration): PlannedUndo {
  const changes = Object.entries(values)
    .filter(([knob, value]) => !isSameValue(value, current[knob]))
    .flatMap(([knob, to]) => (current[knob] === undefined ? [] : { knob, from: current[knob], to }))
  // A running trial ends, and one that was kept is recorded as undone, also if nothing differs.
  return { agentId, to, changes, issues, already: to !== null && changes.length === 0 }
}

/** An undo is not undone by the next one, which would bring back what was just undone. @throws OptimizerError `nothing-to-undo` */
async function findVersionBeforeLatestChange(db: Database, agentId: string): Promise<number> {
  await requireAgent(db, agentId)
  const change = await findLatestChange(db, agentId)
  if (!change) throw new OptimizerError('nothing-to-undo', `${agentId} still has its initial values; there is nothing to undo.`)
  if (change.restoresVersion === null) return change.before
  const latest = `The latest change to ${agentId}, version ${change.version}, restored version ${change.restoresVersion}`
  throw new OptimizerError(
    'nothing-to-undo',
    `${latest}. Specify the version to return to; npx optimizer restore ${agentId} lists the versions.`,
  )
}
