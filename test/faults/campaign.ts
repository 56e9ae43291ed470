import { listOpenAlerts } from '../../src/store/alerts.ts'
import { listLocks } from '../../src/store/locks.ts'
import { listOpenTrials } from '../../src/store/trials.ts'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import type { TinyInstance } from '../support/tiny-fleet/instance.ts'
import { random } from '../unit/judging/random.ts'
import { idleAgent, type Outcome, trialUnderFaults } from './trial-under-faults.ts'

/** Instances of each agent; trials run side by side, one on each, and some faults strike them all. */
const fleet = [1, 2, 2, 3]

/** The leftovers whose cause has ended: open trials, locks and alerts; cycles run, which clear what was left. */
async function findLeftovers(system: System): Promise<string[]> {
  const look = async () => {
    await system.client.runCycle({ target: idleAgent })
    const [trials, locks, alerts] = await Promise.all([
      listOpenTrials(system.db),
      listLocks(system.db, Date.now()),
      listOpenAlerts(system.db),
    ])
    return [
      ...trials.map(({ id, state }) => `${id} is still ${state}`),
      ...locks.map(({ agentId, trialId }) => `${agentId} is still locked by ${trialId}`),
      ...alerts.map(({ message }) => `the alert is still open: ${message}`),
    ]
  }
  let found: string[] = []
  const isClear = async () => {
    found = await look()
    return found.length === 0 || undefined
  }
  await eventually('everything to be cleared', isClear, 120_000).catch(() => undefined)
  return found
}

/**
 * Runs so many trials, each under faults that follow from the seed and the trial's number; begins no more once aborted. `leftovers` are
 * what remained although its cause had ended.
 */
export async function campaign(
  { trials, seed, signal }: { trials: number; seed: number; signal?: AbortSignal },
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<{ outcomes: Outcome[]; leftovers: string[] }> {
  const system = await System.start({}, {}, { behindProxies: true })
  try {
    system.startWorker()
    system.startWorker()
    await system.startAgent(idleAgent, 1, { unitsASecond: 0 })
    const outcomes: Outcome[] = []
    let number = 0
    const agents = await Promise.all(fleet.map((instances, index) => system.startAgent(`agent-${index + 1}`, instances)))
    const lane = async (instances: TinyInstance[], index: number) => {
      while (number < trials && !signal?.aborted) {
        const outcome = await trialUnderFaults(
          system,
          `agent-${index + 1}`,
          instances,
          random(seed * 1_000_003 + number++).uniform,
        )
        outcomes.push(outcome)
        onOutcome(outcome)
      }
    }
    await Promise.all(agents.map(lane))
    return { outcomes, leftovers: await findLeftovers(system) }
  } finally {
    await system.stop()
  }
}
