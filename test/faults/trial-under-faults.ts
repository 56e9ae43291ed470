import { setTimeout as sleep } from 'node:timers/promises'
import type { KnobValues } from '../../src/agent/index.ts'
import { trial as readTrial } from '../../src/store/trials.ts'
import { eventually } from '../support/eventually.ts'
import type { System } from '../support/system.ts'
import type { TinyInstance } from '../support/tiny-fleet/instance.ts'
import { converged, inState, settled, tryChange, violations } from '../support/trials.ts'
import { faultNames, faults, immediate } from './faults.ts'

export interface Outcome {
  trialId: string
  faults: string[]
  /** How the trial's record ends; `not-started` where there is none. */
  state: string
  violations: string[]
}

/** Longer than anything here may take: a compensation waits a minute for its agent before it goes on elsewhere. */
const patienceMs = 240_000
/** An idle agent; cycles about it find nothing to try. */
export const idleAgent = 'idle'

/** Tries some change while one or two faults strike at some moment, and says what is wrong afterwards. */
export async function trialUnderFaults(
  system: System,
  agentId: string,
  instances: TinyInstance[],
  random: () => number,
): Promise<Outcome> {
  const { handle, trialId } = await tryChange(system, agentId, someChange(random))
  const chosen = random() < 0.3 ? [someFault(random), someFault(random)] : [someFault(random)]
  const strikes = chosen.map(async (name) => {
    await sleep(immediate.has(name) ? 0 : random() * 4_000)
    await faults[name]!({ system, instances, handle, random }).catch(() => undefined)
  })
  const outcome = { trialId, faults: chosen }
  try {
    await Promise.all(strikes)
    await eventually('the workflow to end', () => hasEnded(handle), patienceMs)
    if (chosen.includes('trial terminated')) await swept(system, trialId)
    if (await readTrial(system.db, trialId)) await settled(system, trialId, instances, patienceMs)
    else await converged(system, agentId, instances)
    const state = (await readTrial(system.db, trialId))?.state ?? 'not-started'
    const found = await violations(system, trialId, instances)
    return {
      ...outcome,
      state,
      violations: state === 'kept' ? [...found, ...(await takenBack(system, trialId, instances))] : found,
    }
  } catch (error) {
    return { ...outcome, state: 'not settled', violations: [error instanceof Error ? error.message : String(error)] }
  }
}

const someFault = (random: () => number) => faultNames[Math.floor(random() * faultNames.length)]!

/** Better, worse or no different than the defaults. */
function someChange(random: () => number): KnobValues {
  const choices: KnobValues[] = [{ rounds: 1 }, { rounds: 1 }, { rounds: 2 }, { rounds: 40 }, { padding: 7 }, { deadlineMs: 0 }]
  return choices[Math.floor(random() * choices.length)]!
}

async function hasEnded(handle: Awaited<ReturnType<typeof tryChange>>['handle']): Promise<true | undefined> {
  return (await handle.describe()).status.name === 'RUNNING' ? undefined : true
}

/** Cycles run until one has found what the terminated trial left. */
async function swept(system: System, trialId: string): Promise<void> {
  await eventually(
    'a cycle to find the terminated trial',
    async () => {
      await system.client.runCycle({ target: idleAgent })
      const trial = await readTrial(system.db, trialId)
      return !trial || trial.endedAt || trial.restoredVersion ? true : undefined
    },
    patienceMs,
  )
}

/** What was kept is rolled back by a word, so that every trial begins with the defaults. */
async function takenBack(system: System, trialId: string, instances: TinyInstance[]): Promise<string[]> {
  await system.client.rollBack(trialId)
  await inState(system, trialId, ['restored'], patienceMs)
  await settled(system, trialId, instances, patienceMs)
  return (await violations(system, trialId, instances)).map((violation) => `rolled back later: ${violation}`)
}
