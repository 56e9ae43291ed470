import type { CycleReport } from '../../../src/messaging/orchestrator-protocol.ts'
import type { Command } from '../../../src/model/commands.ts'

/** A command to the optimizer (B12), and why it is given. */
export interface Order {
  command: Command
  reason: string
}

/** The effects of earlier commands that later ones must end. */
export interface InForce {
  /** The agent that has the optimizer's whole attention. */
  focus?: string
  isSaving: boolean
}

/** Cycles after which a lasting problem gets the optimizer's whole attention, and a lasting success more boldness. */
const lasting = { bottleneck: 2, success: 3 }

/** Decides which command the optimizer is given after each cycle; at most one. */
export class CommandRules {
  readonly #criticalCycles = new Map<string, number>()
  #successes = 0
  #focus: string | undefined
  #isSaving: boolean

  /** @param known what was in force before a restart */
  constructor({ focus, isSaving }: InForce = { isSaving: false }) {
    this.#focus = focus
    this.#isSaving = isSaving
  }

  /** The state that is kept across restarts. */
  get inForce(): InForce {
    return { focus: this.#focus, isSaving: this.#isSaving }
  }

  /** The four commands of document 000, by what the reports show. */
  decide({ bottlenecks = [], allocations = [], results }: CycleReport): Order | undefined {
    this.#follow(bottlenecks)
    this.#successes = results.some(({ success, undone }) => success && !undone) ? this.#successes + 1 : 0
    const scarce = allocations.find(({ kind }) => kind === 'more-cpu' || kind === 'more-memory')
    if (scarce && !this.#isSaving) {
      return { command: { type: 'reduceResourceConsumption' }, reason: scarce.text }
    }
    if (!scarce && this.#isSaving) return optimizeAll('Resources are no longer scarce.')
    const [agentId] = [...this.#criticalCycles].find(([, cycles]) => cycles >= lasting.bottleneck) ?? []
    if (agentId !== undefined && this.#focus === undefined) {
      return {
        command: { type: 'focusOnAgent', agentId },
        reason: `${agentId} has been critical for ${lasting.bottleneck} cycles.`,
      }
    }
    if (this.#focus !== undefined && !this.#criticalCycles.has(this.#focus))
      return optimizeAll(`${this.#focus} is no longer critical.`)
    if (this.#successes >= lasting.success && bottlenecks.length > 0) {
      return { command: { type: 'increaseAggressiveness' }, reason: `${lasting.success} cycles in a row improved something.` }
    }
    return undefined
  }

  /** A command that the optimizer took is in force. One that it did not take is decided again after the next cycle. */
  confirm({ command }: Order): void {
    if (command.type === 'reduceResourceConsumption') this.#isSaving = true
    if (command.type === 'focusOnAgent') this.#focus = command.agentId
    if (command.type === 'increaseAggressiveness') this.#successes = 0
    if (command.type !== 'optimizeSystemPerformance') return
    this.#focus = undefined
    this.#isSaving = false
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

const optimizeAll = (reason: string): Order => ({ command: { type: 'optimizeSystemPerformance' }, reason })
