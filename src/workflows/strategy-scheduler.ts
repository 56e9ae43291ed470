import { CancellationScope, condition } from '@temporalio/workflow'
import { type AgentPair, findNextEligibleStrategy } from '../analysis/eligibility/interference.ts'
import type { StrategyRef, TrialOutcome } from '../contract/activities.ts'

export interface StrategySchedulerOptions {
  /** Agents that exchange messages. */
  pairs: readonly AgentPair[]
  /** How many trials may run at once; may change over time. */
  maxConcurrent(): number
  /** Why a strategy whose turn has come is skipped, as a clause; undefined if it is not. */
  findSkipReason(strategy: StrategyRef): string | undefined
  onSkipped(strategy: StrategyRef, reason: string): void
  /** `begun` is called once the trial is under way and others may start. */
  run(strategy: StrategyRef, begun: () => void): Promise<TrialOutcome>
  onConcluded(outcome: TrialOutcome): void
}

/**
 * Carries out strategies concurrently where they do not disturb each other. The best goes first: another starts only when it is known
 * whether the best could start. A strategy that is refused because others are in the way gets another turn when a trial of this cycle
 * has ended; if none is running, it is skipped.
 */
export async function scheduleStrategies(strategies: readonly StrategyRef[], turns: StrategySchedulerOptions): Promise<void> {
  const waiting = [...strategies]
  const running = new Map<StrategyRef, Promise<void>>()
  const failures: unknown[] = []
  let crowded = false
  let beginning: StrategyRef | undefined
  const next = () =>
    beginning || crowded || running.size >= turns.maxConcurrent()
      ? undefined
      : findNextEligibleStrategy(waiting, [...running.keys()], turns.pairs)

  const carryOut = async (strategy: StrategyRef) => {
    beginning = strategy
    const begun = () => {
      if (beginning === strategy) beginning = undefined
    }
    const outcome = await turns.run(strategy, begun).finally(begun)
    crowded = outcome.inTheWay === true && running.size > 1
    if (crowded) waiting.splice(0, waiting.length, ...strategies.filter((one) => one === strategy || waiting.includes(one)))
    else if (outcome.inTheWay) turns.onSkipped(strategy, outcome.reason)
    else turns.onConcluded(outcome)
  }
  const begin = (strategy: StrategyRef) => {
    const ended = carryOut(strategy)
      .catch((error) => void failures.push(error))
      .finally(() => {
        running.delete(strategy)
        if (running.size === 0) crowded = false
      })
    running.set(strategy, ended)
  }

  try {
    while (waiting.length > 0 || running.size > 0) {
      await condition(() => next() !== undefined || (waiting.length === 0 && running.size === 0))
      const strategy = next()
      if (!strategy) continue
      waiting.splice(waiting.indexOf(strategy), 1)
      const reason = turns.findSkipReason(strategy)
      if (reason) turns.onSkipped(strategy, reason)
      else begin(strategy)
    }
  } finally {
    // Whatever happens to the cycle, every trial that has started runs to its end.
    await CancellationScope.nonCancellable(() => Promise.all(running.values()))
  }
  // Trials end quietly when cancelled; the cycle says so.
  if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested
  if (failures.length > 0) throw failures[0]
}
