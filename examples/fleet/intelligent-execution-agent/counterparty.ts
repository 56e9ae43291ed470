import type { Answer, Proposal, Signal } from '../runtime/negotiation.ts'
import { agreed, rejected } from '../runtime/negotiation.ts'
import { pricesOf } from './prices.ts'

const pricesWithinMs = 1_000
/** How far, relatively, the price may have moved since a fully confident signal. */
const largestMove = 0.0025
/** Weight of a mere claim of confidence, compared with evidence that can be checked. */
const trustInClaims = 0.44
/** Confidence assumed for a signal that does not state any. */
const unsaidConfidence = 0.55
const agreementHoldsMs = 3_000

/** Decides which proposed signals to trade on. */
export class Counterparty {
  readonly #simulator: string
  readonly #agreements = new Map<string, { direction: 1 | -1; conviction: number; at: number }>()

  constructor(simulator: string) {
    this.#simulator = simulator
  }

  async consider(proposals: Proposal[]): Promise<Answer[]> {
    const symbols = new Set(proposals.flatMap((proposal) => (proposal.type === 'signal' ? proposal.symbol : [])))
    const prices = await pricesOf(this.#simulator, symbols, pricesWithinMs)
    return proposals.map((proposal) =>
      proposal.type === 'signal' ? this.#judge(proposal, prices[proposal.symbol] ?? 0) : rejected('only signals are considered'),
    )
  }

  #judge(signal: Signal, price: number): Answer {
    const move = Math.abs(price / signal.price - 1)
    const conviction = convictionOf(signal)
    if (move > largestMove * conviction) return rejected('the price has moved too far for a signal with this confidence')
    const held = this.#agreements.get(signal.symbol)
    if (held && held.direction !== signal.direction && Date.now() - held.at < agreementHoldsMs) {
      if (!signal.insists) return { verdict: 'conflict', reason: 'contradicts a signal agreed on just now' }
      if (conviction <= held.conviction) return rejected('the earlier signal has a higher confidence')
    }
    this.#agreements.set(signal.symbol, { direction: signal.direction, conviction, at: Date.now() })
    return agreed
  }
}

/** From 0 (a toss-up, or contradicted by its own evidence) to 1 (sure). */
function convictionOf({ confidence = unsaidConfidence, evidence, direction }: Signal): number {
  if (!evidence) return trustInClaims * (2 * confidence - 1)
  const balance = evidence.reduce((sum, reading) => sum + reading.direction * direction * logOdds(reading.reliability), 0)
  return Math.max(0, Math.tanh(balance / 2))
}

const logOdds = (probability: number) => Math.log(probability / (1 - probability))
