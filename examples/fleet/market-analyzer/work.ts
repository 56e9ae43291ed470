import { randomUUID } from 'node:crypto'
import type { ConfigurationInForce } from '../../../src/messaging/protocol.ts'
import type { AgentKind, Outcome, Work, WorkContext } from '../runtime/agent-kind.ts'
import { Cache } from '../runtime/cache.ts'
import { agreed, type Proposal, rejected } from '../runtime/negotiation.ts'
import { runInOrder } from '../runtime/pool.ts'
import { requestJson } from '../runtime/request.ts'
import { indicators } from './indicators.ts'
import { knobs, type Settings } from './knobs.ts'
import { patterns } from './patterns.ts'
import { sentiment } from './sentiment.ts'

interface Analysis {
  direction: 1 | -1
  confidence: number
  sentiment: number
}

const serviceTimeoutMs = 2_000
const weights = { sentiment: 3, indicators: 1.2, patterns: 0.3 }
/** Minimum support for a narrative to be accepted. */
const minSupport = 0.3

/** Predicts the direction of a symbol from the sentiment of headlines, technical indicators, and similar price patterns in the past. */
class MarketAnalyzer implements Work {
  readonly #context: WorkContext
  readonly #results = new Cache<Analysis>()
  #pages = 0
  #assessments = 0

  constructor(context: WorkContext) {
    this.#context = context
  }

  async perform({ version, values }: ConfigurationInForce): Promise<Outcome> {
    const settings = values as Settings
    const { symbol } = await this.#request<{ symbol: string }>('/watched')
    const analysis = await this.#results.get(symbol, settings.resultCacheMs, () => this.#analyze(symbol, settings))
    const { direction, confidence } = analysis
    const { right, price } = await this.#request<{ right: boolean; price: number }>(`/assessments/${symbol}`, { direction })
    this.#assessments++
    const proposal = { id: randomUUID(), type: 'signal', from: 'market-analyzer', symbol, direction, price, confidence } as const
    this.#context.outbox.offer('intelligent-execution-agent', proposal, version)
    return { success: right, confidence, decision: direction === 1 ? 'up' : 'down', symbol, details: { ...analysis } }
  }

  async consider(proposals: Proposal[]) {
    return proposals.map((proposal) =>
      proposal.type === 'narrative' && proposal.support >= minSupport ? agreed : rejected('too little support'),
    )
  }

  selfReport() {
    return { sourcesQueried: this.#pages, signalsGenerated: this.#assessments, cacheHitRate: this.#results.hitRate }
  }

  async #analyze(symbol: string, settings: Settings): Promise<Analysis> {
    const closes = await this.#request<number[]>(`/candles/${symbol}?count=${settings.candleCount}`)
    const texts: string[] = []
    const pages = Array.from({ length: settings.headlinePages }, (_, page) => page)
    await runInOrder(pages, settings.parallelPages, async (page) => {
      this.#pages++
      texts.push(...(await this.#request<string[]>(`/headlines/${symbol}?page=${page}`)))
    })
    const mood = sentiment(texts, settings.lexicon)
    const score =
      weights.sentiment * mood +
      weights.indicators * indicators(closes, settings.indicatorSet) +
      weights.patterns * patterns(closes, settings.patternLength, settings.patternStride)
    return { direction: score >= 0 ? 1 : -1, confidence: 1 / (1 + Math.exp(-1.5 * Math.abs(score))), sentiment: mood }
  }

  #request<T>(path: string, body?: unknown): Promise<T> {
    return requestJson<T>(`${this.#context.simulator}${path}`, { timeoutMs: serviceTimeoutMs, retries: 1, body })
  }
}

export const marketAnalyzer: AgentKind = {
  kind: 'market-analyzer',
  workType: 'analysis',
  knobs,
  start: (context) => new MarketAnalyzer(context),
}
