import { System } from '../support/system.ts'
import type { TinyInstance } from '../support/tiny-fleet/instance.ts'
import { random } from '../unit/judging/random.ts'
import { idleAgent, type Outcome, trialUnderFaults } from './trial-under-faults.ts'

/** Instances of each agent; trials run side by side, one on each, and some faults strike them all. */
const fleet = [1, 2, 2, 3]

/** Runs so many trials, each under faults that follow from the seed and the trial's number; begins no more once aborted. */
export async function campaign(
  { trials, seed, signal }: { trials: number; seed: number; signal?: AbortSignal },
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<Outcome[]> {
  const system = await System.start()
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
    return outcomes
  } finally {
    await system.stop()
  }
}
