import { findOpenSuspension } from '../analysis/trials/suspension.ts'
import { chooseBlockArm, findOpenBlock, getActiveArm, listFinishedPairs } from '../analysis/trials/switchback-plan.ts'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import type { TrialBlock } from '../model/trial.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  findRequestedConfiguration,
  lockAgent,
} from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import { type Trial, updateTrial } from '../store/trials.ts'
import { deliverToLiveInstances, getDelivery } from './delivery.ts'
import type { Dependencies } from './dependencies.ts'
import { getOpenTrial } from './open-trial.ts'

/**
 * Puts the previous values in force on every instance that tries the change, for the time of a freeze window. Instances take only newer
 * versions, so these values get a version of their own.
 */
export async function suspendTrial(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const version = await dependencies.db.transaction().execute(async (trx) => {
    const { suspensions, baselineVersion, blocks } = await lockOpenTrial(trx, trial)
    const isOpen = findOpenSuspension(suspensions) !== undefined
    const number = isOpen ? suspensions.length : suspensions.length + 1
    const version = await repeatVersion(trx, trial, baselineVersion, `suspended ${number}`, 'a freeze window suspended it')
    await assignConfiguration(trx, trial.agentId, listTrying(trial), version)
    // The missing part of a pair of blocks would come from another time.
    if (!isOpen)
      await updateTrial(trx, trial.id, {
        suspensions: [...suspensions, { from: Date.now(), to: null }],
        blocks: listFinishedPairs(blocks),
      })
    return version
  })
  return { version, instances: await deliverToTrying(dependencies, trial, version) }
}

/** Puts the change in force again, likewise. It counts from the moment at which its instances confirm it. */
export async function resumeChange(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const { db } = dependencies
  const version = await db.transaction().execute(async (trx) => {
    const open = await lockOpenTrial(trx, trial)
    const version = await renewCandidateVersion(
      trx,
      open,
      `resumed ${open.suspensions.length}`,
      'it resumed after a freeze window',
    )
    await assignConfiguration(trx, trial.agentId, listTrying(trial), version)
    return version
  })
  const instances = await deliverToTrying(dependencies, trial, version)
  await db.transaction().execute(async (trx) => endSuspension(trx, await lockOpenTrial(trx, trial)))
  return { version, instances }
}

/**
 * Ends the block of a switchback trial, and begins the next one: with the change or with the previous values in force. A block counts from the
 * moment at which its instance confirms them.
 * @throws OptimizerError `unreachable` while the instance is away
 */
export async function switchArm(dependencies: Dependencies, trial: Trial): ReturnType<Activities['execute']> {
  const { db, config } = dependencies
  const { version, index } = await db.transaction().execute(async (trx) => {
    const open = await lockOpenTrial(trx, trial)
    const { suspensions } = open
    const current = findOpenBlock(open.blocks)
    // An earlier attempt has begun it.
    if (current && Date.now() - current.from < config.trials.shortestBlockMs)
      return { version: null, index: open.blocks.length - 1 }
    // Attempts may run on hosts whose clocks differ.
    const blocks = open.blocks.map((block) => ({ ...block, to: block.to ?? Math.max(Date.now(), block.from + 1) }))
    const index = blocks.length
    const arm = chooseBlockArm(trial.id, index)
    await updateTrial(trx, trial.id, { blocks })
    if (arm === getActiveArm(blocks, suspensions)) return { version: null, index }
    const state = `block ${index + 1} after ${suspensions.length} suspensions`
    const version =
      arm === 'candidate'
        ? await renewCandidateVersion(trx, open, state, 'a block with the change began')
        : await repeatVersion(trx, open, open.baselineVersion, state, 'a block with the previous values began')
    await assignConfiguration(trx, trial.agentId, listTrying(trial), version)
    return { version, index }
  })
  const instances = version === null ? listTrying(trial) : await deliverToTrying(dependencies, trial, version)
  if (instances.length === 0) {
    const message = `No instance of ${trial.agentId} has confirmed the values of the next block; the block begins once one does.`
    throw new OptimizerError('unreachable', message, { retryable: true })
  }
  await db.transaction().execute(async (trx) => {
    const { blocks, suspensions } = await lockOpenTrial(trx, trial)
    const earliest = Math.max(blocks.at(-1)?.to ?? 0, suspensions.at(-1)?.to ?? 0)
    const begun: TrialBlock = { arm: chooseBlockArm(trial.id, index), from: Math.max(Date.now(), earliest), to: null }
    if (blocks.length === index) await updateTrial(trx, trial.id, { blocks: [...blocks, begun] })
  })
  return { version: version ?? trial.candidateVersion, instances }
}

/**
 * Makes a trial's change the newest version of its agent, so that every instance takes it, also those that have the previous values for a
 * while, which then ends. Called in the transaction that assigns it.
 * @returns the version
 */
export async function ensureNewestCandidateVersion(trx: Database, trial: Trial): Promise<number> {
  const { suspensions, blocks } = trial
  await endSuspension(trx, trial)
  const isNewest = !(await findConfiguration(trx, trial.agentId, trial.candidateVersion + 1))
  if (isNewest) return trial.candidateVersion
  const state = `kept after ${suspensions.length} suspensions and ${blocks.length} blocks`
  return await renewCandidateVersion(trx, trial, state, 'it was kept')
}

async function renewCandidateVersion(trx: Database, trial: Trial, state: string, why: string): Promise<number> {
  const version = await repeatVersion(trx, trial, trial.candidateVersion, state, why)
  await updateTrial(trx, trial.id, { candidateVersion: version })
  return version
}

async function endSuspension(trx: Database, { id, suspensions }: Trial): Promise<void> {
  const ended = suspensions.map((suspension) => ({ ...suspension, to: suspension.to ?? Date.now() }))
  await updateTrial(trx, id, { suspensions: ended })
}

async function lockOpenTrial(trx: Database, { id, agentId }: Trial): Promise<Trial> {
  await lockAgent(trx, agentId)
  return await getOpenTrial(trx, id)
}

/** A new version with the values of an earlier one, written once. */
async function repeatVersion(
  trx: Database,
  { id, agentId }: Trial,
  version: number,
  state: string,
  why: string,
): Promise<number> {
  const requestId = `${id} ${state}`
  const written = await findRequestedConfiguration(trx, agentId, requestId)
  if (written) return written.version
  const { values } = (await findConfiguration(trx, agentId, version))!
  const reason = `${id}: ${why}`
  return await appendConfiguration(trx, { agentId, values, origin: 'trial', trialId: id, requestId, reason })
}

const listTrying = ({ candidateInstances, widenedInstances }: Trial) => [...candidateInstances, ...(widenedInstances ?? [])]

async function deliverToTrying(dependencies: Dependencies, trial: Trial, version: number): Promise<string[]> {
  const { db } = dependencies
  const { live } = await classifyInstances(db, trial.agentId)
  const trying = listTrying(trial).filter((instance) => live.includes(instance))
  // Those that are away get it when they answer.
  if (trying.length === 0) return []
  return (await deliverToLiveInstances(dependencies, trial.agentId, trying, await getDelivery(db, trial.agentId, version)))
    .confirmed
}
