/** An agent of Mastra. The lines between the marks are all that the optimizer needs to watch and to tune it. */
import { Agent } from '@mastra/core/agent'
// ---
import { connectAgent } from 'performance-optimizer/agent'

const affects = [{ metric: 'responseTime', improves: 'decrease' }]
const optimizer = await connectAgent({
  agentId: 'mastra-bot',
  kind: 'support',
  instanceId: process.env.INSTANCE_ID ?? 'mastra-bot-1',
  knobs: [{ name: 'max_tokens', type: 'int', min: 20, max: 400, scale: 'log', default: 400, purpose: 'computation', affects }],
})
// ---

const bot = new Agent({
  id: 'mastra-bot',
  name: 'Support',
  instructions: 'Answer from the notes.',
  model: { id: 'local/small', url: process.env.MODEL_URL, apiKey: process.env.MODEL_KEY ?? 'none' },
})

const ask = async (question) =>
  // ---
  await optimizer.run('answer', async ({ values }, execution) => {
    const { text, usage } = await bot.generate(question, { modelSettings: { maxOutputTokens: values.max_tokens } })
    execution.record({ inputTokens: usage.inputTokens, outputTokens: usage.outputTokens })
    return text
  })
// ---

for (;;) await ask('The note says that BTC is at 94231 USD. What is its price?').catch(() => undefined)
