/** Trials of tiny agents, and what must hold after each (design, *A trial, and what must hold*). */
import type { WorkflowHandle } from '@temporalio/client'
import type { Delivery } from '../../src/messaging/protocol.ts'
import { OptimizerError } from '../../src/model/errors.ts'
import { isSameConfiguration, isSameValue, type KnobValues } from '../../src/model/knob.ts'
import { getCurrentConfiguration, listAgentInstances } from '../../src/store/agents.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  listConfigurations,
  lockAgent,
  setProvenVersion,
} from '../../src/store/configurations.ts'
import type { Database } from '../../src/store/database.ts'
import { listNewestExecutionsByAgent } from '../../src/store/executions.ts'
import { classifyInstances } from '../../src/store/instance-liveness.ts'
import { findLock } from '../../src/store/locks.ts'
import { findResult } from '../../src/store/results.ts'
import { findStrategy } from '../../src/store/strategies.ts'
import { findTrial, type Trial } from '../../src/store/trials.ts'
import { eventually } from './eventually.ts'
import type { System } from './system.ts'
import type { TinyInstance } from './tiny-fleet/instance.ts'

/** Requests a trial of a person's change. */
export async function requestChange({ client }: System, agentId: string, values: KnobValues) {
  const { workflowId, result } = await client.tryChange(agentId, values, 'a test', 'a hunch')
  return { trialId: workflowId.replace('trial-', ''), workflowId, result, handle: client.temporal.workflow.getHandle(workflowId) }
}

/** Starts a trial of a person's change; resolves once it has begun or was refused. */
export const tryChange = (system: System, agentId: string, values: KnobValues) =>
  untilHeard(system, agentId, () => requestChange(system, agentId, values))

/**
 * Starts a trial, again if it was refused because its agent was silent: on a machine so busy that heartbeats are late, the optimizer
 * takes a live agent for silent.
 */
export async function untilHeard<
  Request extends { trialId: string; handle: WorkflowHandle; result: () => Promise<{ reason: string }> },
>(system: System, agentId: string, start: () => Promise<Request>): Promise<Request> {
  const request = await start()
  const isSilent = await eventually(`${request.trialId} to begin or to be refused`, async () => {
    if (await findTrial(system.db, request.trialId)) return false
    if ((await request.handle.describe()).status.name === 'RUNNING') return undefined
    const refusal = await request.result().then(
      ({ reason }) => reason,
      () => '',
    )
    return refusal.toLowerCase().startsWith(`no instance of ${agentId} is running`)
  })
  return isSilent ? await untilHeard(system, agentId, start) : request
}

/** A person's own change of an agent's configuration. */
export async function edit({ db }: System, agentId: string, values: KnobValues): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockAgent(trx, agentId)
    const current = await getCurrentConfiguration(trx, agentId)
    const next = { agentId, values: { ...current.values, ...values }, origin: 'operator' as const, reason: 'A person' }
    const version = await appendConfiguration(trx, next)
    await assignConfiguration(trx, agentId, 'all', version)
    await setProvenVersion(trx, agentId, version)
  })
}

/** The trial once it has come so far. */
export function inState({ db }: System, trialId: string, states: Trial['state'][], timeoutMs?: number): Promise<Trial> {
  const find = async () => {
    const trial = await findTrial(db, trialId)
    if (trial && states.includes(trial.state)) return trial
    const result = await findResult(db, trialId)
    throw new Error(`it is ${trial?.state ?? 'not there'}${result ? `, ${result.verdict}: ${result.reason}` : ''}`)
  }
  return eventually(`${trialId} to be ${states.join(' or ')}`, find, timeoutMs)
}

/** The trial once it has ended, on every instance too: those that were away take a moment to catch up. */
export async function settled(system: System, trialId: string, instances: TinyInstance[], timeoutMs?: number): Promise<Trial> {
  const trial = await inState(system, trialId, ['kept', 'restored'], timeoutMs)
  await converged(system, trial.agentId, instances)
  return trial
}

/** Every heartbeat tells an instance its version, so that it takes it within many fewer, however slow the machine is. */
const maxHeartbeats = 120

/**
 * Resolves once every instance runs with the proven version.
 * @throws OptimizerError `mixed` if an instance is heard all the time and does not take it; `too-late` if one is not heard
 */
export async function converged({ db }: System, agentId: string, instances: TinyInstance[]): Promise<void> {
  const heard = new Map(instances.map(({ id }) => [id, new Set<number>()]))
  const behind = await eventually(`${agentId} to run with the same everywhere`, async () => {
    const { version } = await getCurrentConfiguration(db, agentId)
    const inForce = await Promise.all(instances.map((instance) => instance.configuration()))
    if (inForce.every((one) => one.version === version)) return []
    for (const { instanceId, heartbeatAt } of await listAgentInstances(db, agentId))
      heard.get(instanceId)?.add(heartbeatAt.getTime())
    const late = instances.filter(({ id }, index) => inForce[index]!.version !== version && heard.get(id)!.size > maxHeartbeats)
    return late.length > 0 ? late : undefined
  })
  if (behind.length === 0) return
  const ids = behind.map(({ id }) => id).join(', ')
  throw new OptimizerError('mixed', `${ids} did not take the version of ${agentId} within ${maxHeartbeats} heartbeats`)
}

/** How much work they have done in all. */
export async function unitsOf(instances: TinyInstance[]): Promise<number> {
  const inForce = await Promise.all(instances.map((instance) => instance.configuration()))
  return inForce.reduce((sum, { units }) => sum + units, 0)
}

/** Resolves once every instance has worked so much more that a judge knows how they usually are. */
export async function pastOf(instances: TinyInstance[], units = 150): Promise<void> {
  await Promise.all(
    instances.map(async (instance) => {
      const enough = (await instance.configuration()).units + units
      await eventually(`${instance.id} to work`, async () =>
        (await instance.configuration()).units >= enough ? true : undefined,
      )
    }),
  )
}

/** Resolves once all these instances of one agent are live: a trial that begins now has all of them in its arms. */
export async function allHeard({ db }: System, instances: TinyInstance[]): Promise<void> {
  const { agentId } = instances[0]!
  await eventually(`all instances of ${agentId} to be heard`, async () => {
    const { live } = await classifyInstances(db, agentId)
    return live.length === instances.length || undefined
  })
}

/** Executions of each instance, of known versions, after which a judge knows how it usually is. */
const usual = 100

/** Resolves once so many instances are live and have worked for a while. */
export const knownInstances = ({ db }: System, agentId: string, count: number) =>
  eventually(`the instances of ${agentId} to be live, and known`, async () => {
    const { live } = await classifyInstances(db, agentId)
    const past = await db
      .selectFrom('agentExecutions')
      .where('agentName', '=', agentId)
      .where('configurationVersion', 'is not', null)
      .groupBy('instanceId')
      .having(({ fn, eb }) => eb(fn.countAll(), '>=', usual))
      .select('instanceId')
      .execute()
    return (live.length === count && past.length === count) || undefined
  })

/** Resolves once the agent has reported as much as a cycle needs to begin a trial on it. */
export async function evidenceOf({ db }: System, agentId: string, executions = 20): Promise<void> {
  const isEnough = async () => (await listNewestExecutionsByAgent(db, [agentId], executions)).length === executions || undefined
  await eventually(`evidence about ${agentId}`, isEnough)
}

/** The violations after a trial has ended, or has never begun; empty when everything is as it must be. */
export async function violations({ db }: System, trialId: string, instances: TinyInstance[]): Promise<string[]> {
  const { agentId } = instances[0]!
  const actions = (await findStrategy(db, trialId))?.actions ?? []
  const trial = await findTrial(db, trialId)
  const proven = await getCurrentConfiguration(db, agentId)
  const found = [...(await wrongWithRecord(db, trial)), ...(await wrongWithInstances(instances, proven))]
  const lock = await findLock(db, agentId)
  if (lock) found.push(`the lock of ${lock.trialId} outlives it`)
  const kept = trial?.state === 'kept'
  for (const { knob, from, to } of actions) {
    if (!isSameValue(proven.values[knob], kept ? to : from))
      found.push(`${knob} is ${proven.values[knob]} though it is ${trial?.state}`)
  }
  return found
}

async function wrongWithRecord(db: Database, trial: Trial | undefined): Promise<string[]> {
  if (!trial) return []
  const { state, endedAt, agentId, candidateVersion, restoredVersion } = trial
  if (!endedAt || (state !== 'kept' && state !== 'restored')) return [`it is ${state}${endedAt ? '' : ' and has no end'}`]
  const versions = (await listConfigurations(db, agentId)).filter((version) => version.trialId === trial.id)
  const written = state === 'kept' ? candidateVersion : restoredVersion!
  // An operator's edit may hold the restored values already.
  const isEdit = async (version: number) => (await findConfiguration(db, agentId, version))!.origin === 'operator'
  if (versions.length !== (state === 'kept' || (await isEdit(written)) ? 1 : 2)) return [`it wrote ${versions.length} versions`]
  const { version } = await getCurrentConfiguration(db, agentId)
  if (await isEdit(version)) return []
  return version === written ? [] : [`it is ${state}, with version ${written}, but version ${version} is proven`]
}

async function wrongWithInstances(instances: TinyInstance[], proven: Delivery): Promise<string[]> {
  const found: string[] = []
  for (const instance of instances) {
    const { version, values, applied } = await instance.configuration()
    if (version !== proven.version) found.push(`${instance.id} runs with version ${version}, not ${proven.version}`)
    else if (!isSameConfiguration(values, proven.values)) found.push(`${instance.id} has other values than version ${version}`)
    const twice = applied.some((one, index) => index > 0 && isSameConfiguration(one, applied[index - 1]!))
    if (twice) found.push(`${instance.id} applied something twice`)
  }
  return found
}
