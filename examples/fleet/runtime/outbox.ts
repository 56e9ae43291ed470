import type { Agent } from '../../../src/agent/index.ts'
import type { Peers } from './child.ts'
import type { Answer, Proposal } from './negotiation.ts'
import { requestJson } from './request.ts'

interface Waiting {
  proposal: Proposal
  since: number
  version: number
}

const answerWithinMs = 3_000

/** Proposals to other agents: collected for a while, then sent together. */
export class Outbox {
  readonly #agent: Agent
  readonly #queues = new Map<string, Waiting[]>()
  readonly #peers: () => Peers
  #turn = 0

  constructor(agent: Agent, peers: () => Peers) {
    this.#agent = agent
    this.#peers = peers
  }

  /**
   * Offers a proposal, made with this version of the configuration, to an agent of a kind; waits up to `lingerMs` for
   * more to send with it.
   */
  offer(to: string, proposal: Proposal, version: number, lingerMs = 0): void {
    const queue = this.#queues.get(to) ?? []
    this.#queues.set(to, queue)
    queue.push({ proposal, since: performance.now(), version })
    if (queue.length === 1) setTimeout(() => void this.#send(to), lingerMs).unref()
  }

  async #send(to: string): Promise<void> {
    const batch = this.#queues.get(to) ?? []
    this.#queues.delete(to)
    const instances = this.#peers()[to] ?? []
    const url = instances[this.#turn++ % Math.max(1, instances.length)]
    if (!url) return
    const answers = await this.#ask(url, batch)
    batch.forEach((waiting, index) => void this.#conclude(to, url, waiting, answers?.[index]))
  }

  async #ask(url: string, batch: Waiting[]): Promise<Answer[] | undefined> {
    const body = batch.map(({ proposal }) => proposal)
    return requestJson<Answer[]>(`${url}/negotiate`, { timeoutMs: answerWithinMs, body }).catch(() => undefined)
  }

  async #conclude(to: string, url: string, waiting: Waiting, answer: Answer | undefined): Promise<void> {
    const latencyMs = performance.now() - waiting.since
    let final = answer
    let conflictResolutionMs: number | undefined
    if (answer?.verdict === 'conflict') {
      const startedAt = performance.now()
      final = (await this.#ask(url, [{ ...waiting, proposal: { ...waiting.proposal, insists: true } as Proposal }]))?.[0]
      conflictResolutionMs = performance.now() - startedAt
    }
    this.#agent.reportMessage({
      to,
      type: waiting.proposal.type,
      version: waiting.version,
      latencyMs,
      delivered: final !== undefined,
      agreed: final?.verdict === 'agreed',
      conflictResolutionMs,
    })
  }
}
