import type { ConfigurationInForce } from '../../../src/messaging/protocol.ts'
import { notFound, writePrompt } from '../language-model/answer.ts'
import type { Completion, ListedModel } from '../language-model/completions.ts'
import type { AgentKind, Outcome, Work, WorkContext } from '../runtime/agent-kind.ts'
import { Cache } from '../runtime/cache.ts'
import { requestJson } from '../runtime/request.ts'
import { knobs, type Settings } from './knobs.ts'

const timeoutMs = 2_000
const modelTimeoutMs = 10_000
const searchRetries = 2
const instruction = 'Answer from the notes only.'

interface Reply {
  text: string
  usage: Completion['usage']
  costUsd: number
}

/** Answers questions from notes with a language model. */
class ResearchAssistant implements Work {
  readonly #context: WorkContext
  readonly #replies = new Cache<Reply>()
  #models: ListedModel[] | undefined
  #requests = 0

  constructor(context: WorkContext) {
    this.#context = context
  }

  async perform({ values }: ConfigurationInForce): Promise<Outcome> {
    const settings = values as Settings
    const { question } = await this.#world<{ question: string }>('/questions')
    let isCached = true
    const reply = await this.#replies.get(question, 1_000 * settings.cache_seconds, () => {
      isCached = false
      return this.#ask(question, settings)
    })
    const { score } = await this.#world<{ score: number }>('/questions/grade', { question, answer: reply.text })
    const { usage, costUsd } = reply
    return {
      success: true,
      confidence: reply.text.includes(notFound) ? 0.5 : 0.9,
      decision: isCached ? 'cached' : 'answered',
      details: { model: settings.model },
      metrics: {
        qualityScore: score,
        costUsd: isCached ? 0 : costUsd,
        inputTokens: isCached ? 0 : usage.prompt_tokens,
        outputTokens: isCached ? 0 : usage.completion_tokens,
      },
    }
  }

  selfReport() {
    return { apiCallsUsed: this.#requests, cacheHitRate: this.#replies.hitRate }
  }

  async #ask(question: string, { model, temperature, max_tokens, retries, context_chunks }: Settings): Promise<Reply> {
    const query = new URLSearchParams({ question, count: String(context_chunks) })
    const notes = await this.#world<string[]>(`/notes/search?${query}`)
    const messages = [
      { role: 'system', content: instruction },
      { role: 'user', content: writePrompt(notes, question) },
    ]
    this.#requests++
    const { choices, usage } = await requestJson<Completion>(`${this.#context.languageModel}/v1/chat/completions`, {
      timeoutMs: modelTimeoutMs,
      retries,
      body: { model, messages, temperature, max_tokens },
    })
    const { pricing } = await this.#find(model)
    const costUsd = pricing.prompt * usage.prompt_tokens + pricing.completion * usage.completion_tokens
    return { text: choices[0]!.message.content, usage, costUsd }
  }

  async #find(model: string): Promise<ListedModel> {
    this.#models ??= (await requestJson<{ data: ListedModel[] }>(`${this.#context.languageModel}/v1/models`, { timeoutMs })).data
    const found = this.#models.find(({ id }) => id === model)
    if (!found) throw new Error(`the server has no model ${model}`)
    return found
  }

  #world<T>(path: string, body?: unknown): Promise<T> {
    return requestJson<T>(`${this.#context.simulator}${path}`, { timeoutMs, retries: searchRetries, body })
  }
}

export const researchAssistant: AgentKind = {
  kind: 'research-assistant',
  workType: 'answer',
  knobs,
  start: (context) => new ResearchAssistant(context),
}
