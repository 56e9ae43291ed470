import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { behave } from '../simulator/behaviour.ts'
import { answerPrompt } from './answer.ts'
import { countTokens, firstTokens, models } from './models.ts'

interface CompletionRequest {
  model: string
  messages: { role: string; content: string }[]
  temperature?: number
  max_tokens?: number
}

/** The answer to `POST /v1/chat/completions`, as far as this server knows it. */
export interface Completion {
  id: string
  object: 'chat.completion'
  created: number
  model: string
  choices: { index: number; message: { role: 'assistant'; content: string }; finish_reason: 'stop' | 'length' }[]
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
}

/** A model as `GET /v1/models` lists it; prices in USD per token. */
export interface ListedModel {
  id: string
  object: 'model'
  context_length: number
  pricing: { prompt: number; completion: number }
}

const spread = 0.22
const manyTokens = 4_096

/** A stand-in for a server of language models, in the shape that most of them share. */
export function completionRoutes(random: () => number = Math.random): Hono {
  return new Hono()
    .onError((error, c) => {
      const status = error instanceof HTTPException ? error.status : 500
      return c.json({ error: { message: error.message, type: status < 500 ? 'invalid_request_error' : 'server_error' } }, status)
    })
    .get('/v1/models', (c) => c.json({ object: 'list', data: listModels() }))
    .post('/v1/chat/completions', async (c) => {
      const { model: id, messages, temperature = 1, max_tokens = manyTokens } = await c.req.json<CompletionRequest>()
      const model = models[id]
      if (!model) throw new HTTPException(404, { message: `there is no model ${id}` })
      const promptTokens = messages.reduce((sum, { content }) => sum + countTokens(content), 0)
      if (promptTokens > model.window)
        throw new HTTPException(400, { message: `the prompt has ${promptTokens} tokens; ${id} takes ${model.window}` })

      const whole = answerPrompt(messages.at(-1)?.content ?? '', model, temperature, random)
      const content = firstTokens(whole, max_tokens)
      const completionTokens = countTokens(content)
      const { startMs, readMs, writeMs } = model.speed
      const medianMs = startMs + readMs * promptTokens + writeMs * completionTokens
      const errors = model.errors.base + (model.errors.perThousandTokens * promptTokens) / 1_000
      await behave({ medianMs, spread, errors }, c.req.raw.signal)
      return c.json<Completion>({
        id: `chatcmpl-${randomUUID()}`,
        object: 'chat.completion',
        created: Math.floor(Date.now() / 1_000),
        model: id,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: content === whole ? 'stop' : 'length' }],
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
        },
      })
    })
}

function listModels(): ListedModel[] {
  return Object.entries(models).map(([id, { window, price }]) => ({
    id,
    object: 'model',
    context_length: window,
    pricing: { prompt: price.input / 1e6, completion: price.output / 1e6 },
  }))
}
