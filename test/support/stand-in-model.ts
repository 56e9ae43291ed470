import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that the model needs for a token: enough that even on a busy machine it takes most of an answer. */
const tokenMs = 0.25

/** A stand-in for a language model behind the protocol of OpenAI, whose answers always have as many tokens as they may. */
export async function startStandInModel(): Promise<{ url: string; stop(): void }> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { max_tokens } = JSON.parse(body) as { max_tokens: number }
    await sleep(max_tokens * tokenMs)
    const message = { role: 'assistant', content: 'It is 94231 USD.' }
    const usage = { prompt_tokens: 40, completion_tokens: max_tokens, total_tokens: 40 + max_tokens }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: 'answer', object: 'chat.completion', created: 1, model: 'small', choices, usage }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
