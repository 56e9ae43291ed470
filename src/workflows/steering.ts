/** Signals to a running cycle (B12). */
import { CancellationScope, log, setHandler } from '@temporalio/workflow'
import { steer } from '../analysis/steering.ts'
import { type Command, commandSchema } from '../model/commands.ts'
import type { Policy } from '../model/policy.ts'
import {
  decreaseAggressiveness,
  focusOnAgent,
  increaseAggressiveness,
  optimizeSystemPerformance,
  reduceResourceConsumption,
  rollBack,
} from './contract.ts'

/** Registers the signals of B12; input that is no command is logged and changes nothing, since a signal cannot be refused. */
export function handleCommandSignals(handle: (command: Command) => void): void {
  const validated = (candidate: unknown) => {
    const parsed = commandSchema.safeParse(candidate)
    if (parsed.success) handle(parsed.data)
    else log.warn('A signal was ignored', { reason: parsed.error.issues[0]?.message })
  }
  setHandler(increaseAggressiveness, () => validated({ type: 'increaseAggressiveness' }))
  setHandler(decreaseAggressiveness, () => validated({ type: 'decreaseAggressiveness' }))
  setHandler(focusOnAgent, (agent) =>
    validated({ type: 'focusOnAgent', agentId: typeof agent === 'object' ? agent?.agent : agent }),
  )
  setHandler(optimizeSystemPerformance, () => validated({ type: 'optimizeSystemPerformance' }))
  setHandler(reduceResourceConsumption, () => validated({ type: 'reduceResourceConsumption' }))
}

/** The policy of one cycle: the control workflow's at its start, changed by the signals the cycle itself receives. */
export class CycleSteering {
  private base: Policy | null = null
  private readonly commands: Command[] = []
  private readonly trials = new Map<string, { scope: CancellationScope; asked: boolean }>()

  constructor(target: string | undefined) {
    if (target) this.commands.push({ type: 'focusOnAgent', agentId: target })
    handleCommandSignals((command) => this.commands.push(command))
    setHandler(rollBack, (trialId) => {
      for (const [id, trial] of this.trials) {
        if (trialId !== undefined && trialId !== id) continue
        trial.asked = true
        trial.scope.cancel()
      }
    })
  }

  begin(policy: Policy): void {
    this.base = policy
  }

  get policyOrNull(): Policy | null {
    return this.base && this.commands.reduce(steer, this.base)
  }

  get policy(): Policy {
    if (!this.policyOrNull) throw new Error('The policy has not been read yet')
    return this.policyOrNull
  }

  /** Runs a trial so that the signal `rollBack` ends it and nothing else. */
  async rollBackable<T>(trialId: string, run: (wasAsked: () => boolean) => Promise<T>): Promise<T> {
    const trial = { scope: new CancellationScope(), asked: false }
    this.trials.set(trialId, trial)
    try {
      return await trial.scope.run(() => run(() => trial.asked))
    } finally {
      this.trials.delete(trialId)
    }
  }
}
