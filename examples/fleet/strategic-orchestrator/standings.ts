import type { CycleReport, CycleReportResponse } from '../../../src/messaging/orchestrator-protocol.ts'
import { initialStanding, type Standing } from '../runtime/standing.ts'
import type { KnownStandings } from './standings-file.ts'

const step = 0.05
const mildStep = 0.01
const bounds = { autonomy: [0.5, 0.95], reputation: [0.1, 1] } as const

const within = ([low, high]: readonly [number, number], value: number) =>
  Math.round(Math.min(high, Math.max(low, value)) * 1_000) / 1_000

/** Results that are remembered as counted: more than a report can repeat. */
const maxCounted = 1_000

/** The orchestrator's trust in each agent and in the optimizer (B10, B15). */
export class Standings {
  readonly #agents: Map<string, Standing>
  #optimizerReputation: number
  /** The newest results that were counted, since they are sent again until the optimizer has the answer. */
  #counted: string[]

  /** @param known the standings before a restart */
  constructor(agents: readonly string[], known?: KnownStandings) {
    this.#agents = new Map(agents.map((agent) => [agent, known?.agents[agent] ?? initialStanding]))
    this.#optimizerReputation = known?.optimizerReputation ?? initialStanding.reputation
    this.#counted = known?.counted ?? []
  }

  /** The state that is kept across restarts. */
  get known(): KnownStandings {
    return {
      agents: Object.fromEntries(this.#agents),
      optimizerReputation: this.#optimizerReputation,
      counted: this.#counted,
    }
  }

  /** The results that have not been counted yet; they then are. That a change was undone is news about an earlier result. */
  takeNew(results: CycleReport['results']): CycleReport['results'] {
    const keyOf = ({ strategyId, undone }: (typeof results)[number]) => strategyId && `${strategyId}${undone ? ' undone' : ''}`
    const fresh = results.filter((result) => !this.#counted.includes(keyOf(result) ?? ''))
    this.#counted = [...this.#counted, ...fresh.flatMap((result) => keyOf(result) ?? [])].slice(-maxCounted)
    return fresh
  }

  get agents(): ReadonlyMap<string, Standing> {
    return this.#agents
  }

  /**
   * Proven improvements raise an agent's autonomy by 0.05 a cycle and the optimizer's reputation; failures lower both slightly. A
   * kept change that did harm after all takes back what it gained, and an agent whose autonomy the optimizer recommends to reduce loses 0.05.
   */
  judge({ results, allocations = [] }: CycleReport): CycleReportResponse {
    const poor = new Set(allocations.filter(({ kind }) => kind === 'reduce-autonomy').map(({ subject }) => subject))
    for (const agent of new Set([...results.map(({ agentId }) => agentId), ...poor])) {
      const change = changeFor(results.filter(({ agentId }) => agentId === agent)) - (poor.has(agent) ? step : 0)
      const { autonomy, reputation } = this.#agents.get(agent) ?? initialStanding
      this.#agents.set(agent, {
        autonomy: within(bounds.autonomy, autonomy + change),
        reputation: within(bounds.reputation, reputation + change),
      })
    }
    this.#optimizerReputation = within(bounds.reputation, this.#optimizerReputation + changeFor(results))
    const autonomy = Object.fromEntries([...this.#agents].map(([agent, standing]) => [agent, standing.autonomy]))
    return { autonomy, optimizerReputation: this.#optimizerReputation }
  }
}

function changeFor(results: CycleReport['results']): number {
  if (results.some(({ undone }) => undone?.harmful)) return -step
  if (results.some(({ success, undone }) => success && !undone)) return step
  return results.some(({ verdict }) => verdict === 'roll-back') ? -mildStep : 0
}
