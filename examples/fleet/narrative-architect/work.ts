import { randomUUID } from 'node:crypto'
import type { ConfigurationInForce } from '../../../src/messaging/protocol.ts'
import type { AgentKind, Outcome, Work, WorkContext } from '../runtime/agent-kind.ts'
import { Cache } from '../runtime/cache.ts'
import { agreed, type Proposal, rejected } from '../runtime/negotiation.ts'
import { runInOrder } from '../runtime/pool.ts'
import { requestJson } from '../runtime/request.ts'
import { clusters } from './clusters.ts'
import { knobs, type Settings } from './knobs.ts'
import { dominantTheme } from './themes.ts'

const serviceTimeoutMs = 2_000
/** An allocation based on fewer desks than this is rejected. */
const minDesks = 3

/** Finds out what people talk about and turns it into a narrative. */
class NarrativeArchitect implements Work {
  readonly #context: WorkContext
  readonly #posts = new Cache<string[]>()
  #pages = 0
  #narratives = 0

  constructor(context: WorkContext) {
    this.#context = context
  }

  async perform({ version, values }: ConfigurationInForce): Promise<Outcome> {
    const settings = values as Settings
    const { symbol } = await this.#request<{ symbol: string }>('/watched', 2)
    const posts = await this.#gather(symbol, settings)
    const narrative = dominantTheme(clusters(posts, settings.similarityThreshold).slice(0, settings.draftCount))
    if (!narrative) return { success: false, confidence: 0, decision: 'no narrative', symbol }

    const { theme, support } = narrative
    const { resonates } = await this.#request<{ resonates: boolean }>(`/narratives/${symbol}`, 2, { theme })
    this.#narratives++
    if (support >= settings.minSupport) {
      const proposal = { id: randomUUID(), type: 'narrative', from: 'narrative-architect', symbol, theme, support } as const
      this.#context.outbox.offer('market-analyzer', proposal, version)
    }
    return {
      success: resonates,
      confidence: 0.5 + support / 2,
      decision: theme,
      symbol,
      details: { support, posts: posts.length },
    }
  }

  async consider(proposals: Proposal[]) {
    return proposals.map((proposal) =>
      proposal.type === 'allocation' && proposal.basedOn >= minDesks ? agreed : rejected('based on too few desks'),
    )
  }

  selfReport() {
    return { sourcesQueried: this.#pages, signalsGenerated: this.#narratives, cacheHitRate: this.#posts.hitRate }
  }

  async #gather(symbol: string, { postPages, parallelPages, pageRetries, postCacheMs }: Settings): Promise<string[]> {
    const posts: string[] = []
    const pages = Array.from({ length: postPages }, (_, page) => page)
    await runInOrder(pages, parallelPages, async (page) => {
      this.#pages++
      const path = `/posts/${symbol}?page=${page}`
      posts.push(...(await this.#posts.get(path, postCacheMs, () => this.#request<string[]>(path, pageRetries))))
    })
    return posts
  }

  #request<T>(path: string, retries: number, body?: unknown): Promise<T> {
    return requestJson<T>(`${this.#context.simulator}${path}`, { timeoutMs: serviceTimeoutMs, retries, body })
  }
}

export const narrativeArchitect: AgentKind = {
  kind: 'narrative-architect',
  workType: 'narrative',
  knobs,
  start: (context) => new NarrativeArchitect(context),
}
