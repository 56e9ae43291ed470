import { randomUUID } from 'node:crypto'
import type { ConfigurationInForce } from '../../../src/messaging/protocol.ts'
import { formatServerUrl, parseServerUrl } from '../../../src/model/server-url.ts'
import type { AgentKind, Outcome, Work, WorkContext } from '../runtime/agent-kind.ts'
import { Cache } from '../runtime/cache.ts'
import type { Proposal } from '../runtime/negotiation.ts'
import { runInOrder } from '../runtime/pool.ts'
import { requestJson } from '../runtime/request.ts'
import { Counterparty } from './counterparty.ts'
import { TradingDesk } from './desk.ts'
import { knobs, type Settings } from './knobs.ts'
import { exposure, returnsOf, valueAtRisk } from './risk.ts'

interface Quote {
  bid: number
  ask: number
}

const venues = ['north', 'east', 'south', 'west']
const holdings = ['S000', 'S001', 'S002', 'S003', 'S004']
const serviceTimeoutMs = 3_000
/** Share of the account that one order may put at risk. */
const riskBudget = 0.001

/** Values at risk, as shares of a position, below and above which a decision counts as low and high in risk. */
const lowRisk = 0.005
const highRisk = 0.02
const percent = (share: number) => `${(100 * share).toFixed(2)}%`

/** Trades: looks at momentum and risk, asks venues for quotes, places a limit order. */
class IntelligentExecutionAgent implements Work {
  readonly #context: WorkContext
  readonly #counterparty: Counterparty
  readonly #desk: TradingDesk
  readonly #histories = new Cache<number[]>()
  #orders = 0
  #quotes = 0

  constructor(context: WorkContext) {
    this.#context = context
    this.#counterparty = new Counterparty(context.simulator)
    // One account: the first instance keeps its books.
    const database = context.instanceId.endsWith('-1') ? parseServerUrl(process.env.DATABASE_URL ?? '') : undefined
    this.#desk = new TradingDesk(context.simulator, database && formatServerUrl(database))
  }

  async perform({ version, values }: ConfigurationInForce): Promise<Outcome> {
    const settings = values as Settings
    const { symbol } = await this.#get<{ symbol: string }>('/watched')
    const [history, ...others] = await Promise.all([symbol, ...holdings].map((each) => this.#history(each, settings)))
    const quotes = await this.#quote(symbol, settings)
    if (quotes.length === 0) return { success: false, confidence: 0, decision: 'no quote', symbol }

    const closes = history!.slice(-settings.signalWindow)
    const expectedMove = closes.at(-1)! / closes[0]! - 1
    const side = expectedMove >= 0 ? 1 : -1
    const [returns, ...held] = [history!, ...others].map((prices) => returnsOf(prices.slice(-settings.portfolioWindow)))
    const risk = valueAtRisk(returns!, settings.riskPaths) * exposure(returns!, held)
    const notional = (this.#desk.value * riskBudget) / Math.max(risk, 1e-6)
    const best = side === 1 ? Math.min(...quotes.map(({ ask }) => ask)) : Math.max(...quotes.map(({ bid }) => bid))
    const limit = best * (1 + (side * settings.slippageBps) / 10_000)

    const order = await this.#post<{ filled: boolean; price: number }>(`/orders/${symbol}`, { side, limit })
    this.#orders++
    const reason = `${symbol} moved by ${percent(expectedMove)} in ${closes.length} candles, at a risk of ${percent(risk)}`
    if (order.filled) this.#desk.open({ side, symbol, price: order.price, notional, expectedMove, reason })
    const trade = { id: randomUUID(), type: 'trade', from: 'intelligent-execution-agent', symbol, notional } as const
    this.#context.outbox.offer('strategic-orchestrator', trade, version)
    return {
      success: order.filled,
      confidence: 1 / (1 + 10 * risk),
      decision: side === 1 ? 'buy' : 'sell',
      symbol,
      details: { filled: order.filled, risk },
      riskAssessment: risk < lowRisk ? 'low' : risk < highRisk ? 'medium' : 'high',
      alternatives: quotes.map(({ bid, ask }) => (side === 1 ? `buy at ${ask}` : `sell at ${bid}`)).slice(1),
    }
  }

  consider(proposals: Proposal[]) {
    return this.#counterparty.consider(proposals)
  }

  selfReport() {
    return { sourcesQueried: this.#quotes, signalsGenerated: this.#orders, cacheHitRate: this.#histories.hitRate }
  }

  #history(symbol: string, { portfolioCacheMs, portfolioWindow, signalWindow }: Settings): Promise<number[]> {
    const count = Math.max(portfolioWindow, signalWindow)
    return this.#histories.get(`${symbol} ${count}`, portfolioCacheMs, () => this.#get(`/candles/${symbol}?count=${count}`))
  }

  async #quote(symbol: string, { venuesQueried, parallelQuotes, quoteTimeoutMs }: Settings): Promise<Quote[]> {
    const quotes: Quote[] = []
    await runInOrder(venues.slice(0, venuesQueried), parallelQuotes, async (venue) => {
      this.#quotes++
      quotes.push(await requestJson<Quote>(`${this.#context.simulator}/quotes/${venue}/${symbol}`, { timeoutMs: quoteTimeoutMs }))
    })
    return quotes
  }

  #get<T>(path: string): Promise<T> {
    return requestJson<T>(`${this.#context.simulator}${path}`, { timeoutMs: serviceTimeoutMs, retries: 2 })
  }

  #post<T>(path: string, body: unknown): Promise<T> {
    return requestJson<T>(`${this.#context.simulator}${path}`, { timeoutMs: serviceTimeoutMs, body })
  }
}

export const intelligentExecutionAgent: AgentKind = {
  kind: 'intelligent-execution-agent',
  workType: 'trade_decision',
  knobs,
  start: (context) => new IntelligentExecutionAgent(context),
}
