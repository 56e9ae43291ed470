import type { ConfigurationInForce } from '../../../src/messaging/protocol.ts'
import type { AgentKind, Outcome, Work, WorkContext } from '../runtime/agent-kind.ts'
import { Cache } from '../runtime/cache.ts'
import { runInOrder } from '../runtime/pool.ts'
import { requestJson } from '../runtime/request.ts'
import type { Graded, Opportunity } from '../simulator/opportunities.ts'
import type { Reading } from '../simulator/sources.ts'
import { Evidence } from './evidence.ts'
import { knobs, type Settings } from './knobs.ts'
import { proposalOf } from './proposal.ts'
import { Trust } from './trust.ts'

const exchangeTimeoutMs = 2_000
/** Sources about the whole market, whose answers are the same for every symbol. */
const marketWide = ['fear-greed', 'macro-calendar']

/** Finds an opportunity, asks sources which way its price will go, and issues a signal before the opportunity expires. */
class MarketHunter implements Work {
  readonly #context: WorkContext
  readonly #cache = new Cache<Reading>()
  readonly #trust = new Trust()
  #apiCalls = 0
  #queried = 0
  #signals = 0

  constructor(context: WorkContext) {
    this.#context = context
  }

  async perform({ version, values }: ConfigurationInForce): Promise<Outcome> {
    const settings = values as Settings
    const opportunity = await this.#exchange<Opportunity>('/opportunities', {})
    const evidence = await this.#gather(opportunity, settings)
    const { direction, confidence, readings } = evidence
    if (!direction) return { success: false, confidence: 0, decision: 'no evidence', symbol: opportunity.symbol }

    const { outcome, price } = await this.#exchange<Graded>(`/opportunities/${opportunity.id}/signal`, { direction })
    this.#signals++
    if (outcome !== 'too-late') this.#trust.learn(readings, outcome === 'right' ? direction : direction === 1 ? -1 : 1)
    const proposal = proposalOf(opportunity, direction, price, evidence, settings.proposalFormat)
    this.#context.outbox.offer('intelligent-execution-agent', proposal, version, settings.proposalLingerMs)
    return {
      success: outcome === 'right',
      confidence,
      decision: direction === 1 ? 'signal up' : 'signal down',
      symbol: opportunity.symbol,
      details: { outcome, sources: readings.length },
      learningAdjustments: outcome === 'too-late' ? [] : readings.map(({ source }) => source),
    }
  }

  selfReport() {
    const { hitRate: cacheHitRate } = this.#cache
    return { sourcesQueried: this.#queried, signalsGenerated: this.#signals, apiCallsUsed: this.#apiCalls, cacheHitRate }
  }

  async #gather(opportunity: Opportunity, settings: Settings): Promise<Evidence> {
    const { evidenceWeighting, sourceOrder, sourcesPerDecision, parallelQueries, confidenceThreshold } = settings
    const evidence = new Evidence(evidenceWeighting, sourceOrder, (reading) => this.#trust.of(reading))
    await runInOrder(
      sourceOrder.slice(0, sourcesPerDecision),
      parallelQueries,
      (source, signal) => this.#ask(source, opportunity, settings, signal),
      (reading) => {
        evidence.add(reading)
        return evidence.confidence >= confidenceThreshold
      },
    )
    return evidence
  }

  #ask(source: string, { id, symbol }: Opportunity, settings: Settings, signal: AbortSignal): Promise<Reading> {
    this.#queried++
    const about = marketWide.includes(source) ? 'market' : symbol
    return this.#cache.get(`${source} ${about}`, settings.cacheTtlMs, () => {
      this.#apiCalls++
      return requestJson<Reading>(`${this.#context.simulator}/sources/${source}?symbol=${symbol}`, {
        timeoutMs: settings.queryTimeoutMs,
        retries: settings.queryRetries,
        headers: { 'x-client': this.#context.instanceId, 'x-session': id },
        signal,
      })
    })
  }

  #exchange<T>(path: string, body: unknown): Promise<T> {
    return requestJson<T>(`${this.#context.simulator}${path}`, { timeoutMs: exchangeTimeoutMs, body })
  }
}

export const marketHunter: AgentKind = {
  kind: 'market-hunter',
  workType: 'decision_cycle',
  knobs,
  start: (context) => new MarketHunter(context),
}
