import type { CycleReport } from '../../../src/messaging/protocol.ts'
import type { Command } from '../../../src/model/commands.ts'

/** A command to the optimizer (B12), and why it is given. */
export interface Order {
  command: Command
  reason: string
}

/** Cycles after which a lasting problem gets the optimizer's whole attention, and a lasting success more boldness. */
const lasting = { bottleneck: 2, success: 3 }

/** Decides which command the optimizer is given after each cycle; at most one. */
export class CommandRules {
  readonly #criticalCycles = new Map<string, number>()
  #successes = 0
  #focus: string | undefined
  #isSaving = false

  /** The four commands of document 000, by what the reports show. */
  decide({ bottlenecks = [], allocations = [], results }: CycleReport): Order | undefined {
    this.#follow(bottlenecks)
    this.#successes = results.some(({ success }) => success) ? this.#successes + 1 : 0
    const scarce = allocations.find(({ kind }) => kind === 'more-cpu' || kind === 'more-memory')
    if (scarce && !this.#isSaving) {
      this.#isSaving = true
      return { command: { type: 'reduceResourceConsumption' }, reason: scarce.text }
    }
    this.#isSaving &&= scarce !== undefined
    const [agentId] = [...this.#criticalCycles].find(([, cycles]) => cycles >= lasting.bottleneck) ?? []
    if (agentId !== undefined && this.#focus === undefined) {
      this.#focus = agentId
      return {
        command: { type: 'focusOnAgent', agentId },
        reason: `${agentId} has been critical for ${lasting.bottleneck} cycles.`,
      }
    }
    if (this.#focus !== undefined && !this.#criticalCycles.has(this.#focus)) {
      const reason = `${this.#focus} is no longer critical.`
      this.#focus = undefined
      return { command: { type: 'optimizeSystemPerformance' }, reason }
    }
    if (this.#successes >= lasting.success && bottlenecks.length > 0) {
      this.#successes = 0
      return { command: { type: 'increaseAggressiveness' }, reason: `${lasting.success} cycles in a row improved something.` }
    }
    return undefined
  }

  /** Counts for how many cycles in a row each agent has been critical. */
  #follow(bottlenecks: NonNullable<CycleReport['bottlenecks']>): void {
    const critical = new Set(
      bottlenecks
        .filter(({ severity, affectedComponent }) => severity === 'critical' && affectedComponent !== 'system')
        .map(({ affectedComponent }) => affectedComponent),
    )
    for (const agentId of this.#criticalCycles.keys()) if (!critical.has(agentId)) this.#criticalCycles.delete(agentId)
    for (const agentId of critical) this.#criticalCycles.set(agentId, (this.#criticalCycles.get(agentId) ?? 0) + 1)
  }
}
