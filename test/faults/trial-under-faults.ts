import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { KnobValues } from '../../src/agent/index.ts'
import { isSameConfiguration } from '../../src/model/knob.ts'
import { certainlyGoneAfterMs } from '../../src/model/liveness.ts'
import { getCurrentConfiguration } from '../../src/store/agents.ts'
import { listConfigurations } from '../../src/store/configurations.ts'
import { findLock } from '../../src/store/locks.ts'
import { findTrial } from '../../src/store/trials.ts'
import { eventually } from '../support/eventually.ts'
import type { System } from '../support/system.ts'
import type { TinyInstance } from '../support/tiny-fleet/instance.ts'
import { converged, edit, requestChange, settled, violations } from '../support/trials.ts'
import { faultNames, faults, immediate } from './faults.ts'

export interface Fault {
  name: string
  /** The step in progress when it struck. */
  during: string
}

export interface Outcome {
  trialId: string
  faults: Fault[]
  /** How the trial's record ends; `not-started` where there is none. */
  state: string
  violations: string[]
}

/** Longer than anything here may take, on any machine: where heartbeats stutter, an instance that was killed is gone after this silence only. */
const patienceMs = certainlyGoneAfterMs + 240_000
/** Half of the heartbeat timeout of `execute`, and a little for its transaction. */
const latestBeginningMs = 9_000
/** An idle agent; cycles about it find nothing to try. */
export const idleAgent = 'idle'
/** Faults wait for one of these to begin, or strike at any time. */
const moments = ['applying', 'observing', 'widening', 'restoring', 'any'] as const

/** A system with one agent in it, and chance that repeats itself for the same seed. */
interface Scene {
  system: System
  agentId: string
  instances: TinyInstance[]
  random: () => number
  /** The values that an operator set of `padding` meanwhile. */
  edits: number[]
}

/** Tries some change while one or two faults strike at some moment, and says what is wrong afterwards. */
export async function trialUnderFaults(
  system: System,
  agentId: string,
  instances: TinyInstance[],
  random: () => number,
): Promise<Outcome> {
  const scene: Scene = { system, agentId, instances, random, edits: [] }
  const { handle, trialId } = await requestChange(system, agentId, someChange(random))
  const outcome: Outcome = { trialId, faults: [], state: 'not settled', violations: [] }
  try {
    const strikes = random() < 0.3 ? [someFault(random), someFault(random)] : [someFault(random)]
    const struck = await Promise.all(strikes.map((name) => strikeTrial(scene, trialId, name, handle)))
    outcome.faults.push(...struck.flat())
    await eventually('the workflow to end', () => hasEnded(handle), patienceMs)
    await found(scene, trialId)
    const began = (await findTrial(system.db, trialId)) !== undefined
    outcome.state = began ? (await settled(system, trialId, instances, patienceMs)).state : 'not-started'
    if (!began) await converged(system, agentId, instances)
    outcome.violations.push(...(await violations(system, trialId, instances)), ...(await lostEdits(scene)))
    if (outcome.state === 'kept') outcome.faults.push(...(await takeBack(scene, trialId, outcome.violations)))
    else if (random() < 0.3) outcome.faults.push(...(await rewind(scene, outcome.violations)))
  } catch (error) {
    outcome.violations.push(error instanceof Error ? error.message : String(error))
  }
  return outcome
}

const someFault = (random: () => number) => anyOf(random, faultNames)
const anyOf = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

/** Better, worse or no different than the defaults. */
function someChange(random: () => number): KnobValues {
  const better: KnobValues = { route: 'shortcut' }
  return anyOf(random, [better, better, better, { route: 'detour' }, { rounds: 7 }, { deadlineMs: 0 }])
}

/** Waits for its moment, as far as that comes, and strikes. */
async function strikeTrial(scene: Scene, trialId: string, name: string, handle: WorkflowHandle): Promise<Fault[]> {
  const { system, random } = scene
  const moment = immediate.has(name) ? 'beginning' : anyOf(random, moments)
  const stateNow = async () => (await findTrial(system.db, trialId))?.state ?? 'beginning'
  if (moment === 'any') await sleep(random() * 8_000)
  else if (moment !== 'beginning') {
    const isReached = async () => (await stateNow()) === moment || (await hasEnded(handle)) || undefined
    await eventually(`${trialId} to be ${moment}`, isReached, patienceMs)
    await sleep(random() * 1_000)
  }
  const during = await stateNow()
  const struck = await strike(scene, name, handle)
  // Requests of the terminated workflow may still be on their way: a later attempt does not begin a trial.
  if (name === 'workflow terminated') await sleep(latestBeginningMs)
  return struck ? [{ name, during }] : []
}

/** Whether it did: what has ended cannot be cancelled, for instance. */
async function strike(scene: Scene, name: string, handle: WorkflowHandle): Promise<boolean> {
  const struck = await faults[name]!({ ...scene, handle }).catch(() => false)
  return struck !== false
}

/** The edits that an operator made during a trial and that are missing after it. */
async function lostEdits({ system, agentId, edits }: Scene): Promise<string[]> {
  const { padding } = (await getCurrentConfiguration(system.db, agentId)).values
  const lost = edits.length > 0 && !edits.includes(Number(padding))
  return lost ? [`padding is ${padding}, though an operator set ${edits.join(' and ')}`] : []
}

async function hasEnded(handle: WorkflowHandle): Promise<true | undefined> {
  return (await handle.describe()).status.name === 'RUNNING' ? undefined : true
}

/** Resolves once the trial has ended; cycles run until one has found what a terminated workflow left. */
async function found({ system }: Scene, trialId: string): Promise<void> {
  const isEnded = async () => {
    const trial = await findTrial(system.db, trialId)
    if (!trial || trial.endedAt) return true
    if (!(await isRestoring(system, trialId))) await system.client.runCycle({ target: idleAgent })
    return undefined
  }
  await eventually('a cycle to find the terminated trial', isEnded, patienceMs)
}

async function isRestoring(system: System, trialId: string): Promise<boolean> {
  return !(await hasEnded(system.client.temporal.workflow.getHandle(`restore-${trialId}`)).catch(() => true))
}

/** Rolls back a kept change by a command, under a fault, so that every trial begins with the defaults. */
async function takeBack(scene: Scene, trialId: string, wrong: string[]): Promise<Fault[]> {
  const { system, instances, random } = scene
  const name = someFault(random)
  const { workflowId } = await system.client.rollBack(trialId)
  await sleep(random() * 500)
  const struck = await strike(scene, name, system.client.temporal.workflow.getHandle(workflowId!))
  const isRestored = async () => {
    const { state } = (await findTrial(system.db, trialId))!
    if (state === 'restored') return true
    if (await isRestoring(system, trialId)) return undefined
    // Terminated before it had begun, or in the midst of it.
    if (state === 'kept') await system.client.rollBack(trialId)
    else await system.client.runCycle({ target: idleAgent })
    return undefined
  }
  await eventually(`${trialId} to be rolled back`, isRestored, patienceMs)
  await settled(system, trialId, instances, patienceMs)
  const found = [...(await violations(system, trialId, instances)), ...(await lostEdits(scene))]
  wrong.push(...found.map((violation) => `rolled back later: ${violation}`))
  return struck ? [{ name, during: 'rollback' }] : []
}

/** A whole configuration is put back, under a fault. */
async function rewind(scene: Scene, wrong: string[]): Promise<Fault[]> {
  const { system, agentId, instances, random } = scene
  const before = await getCurrentConfiguration(system.db, agentId)
  await edit(system, agentId, { padding: 100 - Number(before.values.padding), rounds: 5 })
  // Terminated, it is done or not, as chance has it.
  const name = anyOf(
    random,
    faultNames.filter((name) => name !== 'workflow terminated'),
  )
  const { workflowId } = await system.client.restore({ agentId, to: before.version, by: 'a test' })
  const handle = system.client.temporal.workflow.getHandle(workflowId)
  const struck = await strike(scene, name, handle)
  await eventually('the restore to end', () => hasEnded(handle), patienceMs)
  await converged(system, agentId, instances)
  const versions = await listConfigurations(system.db, agentId)
  const written = versions.filter(({ requestId }) => requestId?.startsWith(workflowId))
  if (written.length !== 1) wrong.push(`${agentId} was put back ${written.length} times`)
  else if (!isSameConfiguration(before.values, written[0]!.values)) wrong.push(`${agentId} was not put back to ${before.version}`)
  if (name !== 'operator edits' && versions[0] !== written[0]) wrong.push(`${agentId} was put back, and changed again`)
  const lock = await findLock(system.db, agentId)
  if (lock) wrong.push(`the lock of ${lock.trialId} outlives it`)
  return struck ? [{ name, during: 'restore' }] : []
}
