/** Usage of language models, by the GenAI semantic conventions of OpenTelemetry and by OpenInference. */
import { findBuiltInMetric } from '../model/metric.ts'
import { type MetricValues, validateMetricValue } from '../model/metric-value.ts'
import type { ModelPrice, TelemetrySettings } from '../model/telemetry.ts'
import type { Attributes } from './attributes.ts'

/** Attribute names, the present one first; the later ones are those of earlier versions and other instrumentations. */
const names = {
  inputTokens: ['gen_ai.usage.input_tokens', 'llm.token_count.prompt', 'gen_ai.usage.prompt_tokens'],
  outputTokens: ['gen_ai.usage.output_tokens', 'llm.token_count.completion', 'gen_ai.usage.completion_tokens'],
  cachedInputTokens: [
    'gen_ai.usage.cache_read.input_tokens',
    'llm.token_count.prompt_details.cache_read',
    'gen_ai.usage.cache_read_input_tokens',
  ],
  costUsd: ['llm.cost.total', 'gen_ai.usage.cost'],
  models: [
    'gen_ai.response.model',
    'llm.response.model_name',
    'gen_ai.request.model',
    'llm.request.model_name',
    'llm.model_name',
  ],
}

/**
 * The tokens and the cost in USD that a span reports of itself, as metrics of an execution; undefined if it reports none. A cost that it
 * does not report is computed from the prices of its model, if the configuration has them.
 */
export function readUsage(span: Attributes, { prices }: TelemetrySettings): MetricValues | undefined {
  const inputTokens = span.number(...names.inputTokens)
  const outputTokens = span.number(...names.outputTokens)
  const reported = span.number(...names.costUsd) ?? sumOf(span.number('llm.cost.prompt'), span.number('llm.cost.completion'))
  const model = inputTokens === undefined && outputTokens === undefined ? undefined : findPrice(span, prices)
  const cached = span.number(...names.cachedInputTokens) ?? 0
  const costUsd = reported ?? (model && computeCost(model, inputTokens ?? 0, outputTokens ?? 0, cached))
  const usable = Object.entries({ inputTokens, outputTokens, costUsd }).filter(
    (entry): entry is [string, number] =>
      entry[1] !== undefined && validateMetricValue(findBuiltInMetric(entry[0])!, entry[1]) === undefined,
  )
  return usable.length > 0 ? Object.fromEntries(usable) : undefined
}

/** The cost of a call in USD. @param cached those of the input tokens that the provider had cached */
export function computeCost(price: ModelPrice, inputTokens: number, outputTokens: number, cached: number): number {
  const fromCache = Math.min(Math.max(cached, 0), inputTokens)
  const { inputUsdPerMillion, outputUsdPerMillion, cachedInputUsdPerMillion = inputUsdPerMillion } = price
  const millionths =
    (inputTokens - fromCache) * inputUsdPerMillion + fromCache * cachedInputUsdPerMillion + outputTokens * outputUsdPerMillion
  return millionths / 1_000_000
}

/** The price of the model that answered, or else of the one that was asked. */
function findPrice(span: Attributes, prices: TelemetrySettings['prices']): ModelPrice | undefined {
  for (const attribute of names.models) {
    const model = span.text(attribute)
    if (model !== undefined && Object.hasOwn(prices, model)) return prices[model]
  }
  return undefined
}

const sumOf = (a: number | undefined, b: number | undefined) =>
  a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
