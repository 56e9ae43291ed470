/** Usage of language models, by the GenAI semantic conventions of OpenTelemetry and by OpenInference. */
import { findBuiltInMetric } from '../model/metric.ts'
import { validateMetricValue } from '../model/metric-value.ts'
import type { ModelPrice, TelemetrySettings } from '../model/telemetry.ts'
import type { Attributes } from './attributes.ts'
import { isAgentSpan, isGeneration, isModelSpan } from './spans.ts'

/** Attribute names, the present one first; the later ones are those of earlier versions and other instrumentations. */
const names = {
  inputTokens: ['gen_ai.usage.input_tokens', 'llm.token_count.prompt', 'gen_ai.usage.prompt_tokens'],
  outputTokens: ['gen_ai.usage.output_tokens', 'llm.token_count.completion', 'gen_ai.usage.completion_tokens'],
  cachedInputTokens: [
    'gen_ai.usage.cache_read.input_tokens',
    'llm.token_count.prompt_details.cache_read',
    'gen_ai.usage.cache_read_input_tokens',
  ],
  cacheWriteTokens: [
    'gen_ai.usage.cache_creation.input_tokens',
    'llm.token_count.prompt_details.cache_write',
    'gen_ai.usage.cache_creation_input_tokens',
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

/** Metrics of an execution by name; null for one that cannot be known. */
export type UsageValues = Record<string, number | null>

/** The tokens and the cost in USD that a span reports of itself. */
export interface Usage {
  values: UsageValues
  /** The model that was called, if its tokens are known and their cost is not. */
  unpricedModel?: string | undefined
  /** Figures that a call used but does not report: they are unknown unless a span above or below reports them. */
  gaps: readonly string[]
}

/** The figures of every call of a language model that generates text. */
const used = ['inputTokens', 'outputTokens', 'costUsd']

/**
 * The usage of a span, as metrics of an execution; undefined if it reports nothing. A cost that it does not report is computed from the prices of
 * its model; that of a call of a model without a price is unknown, and so is any sum with it.
 * @param succeeded whether the call did: one that failed may have used nothing
 */
export function readUsage(span: Attributes, { prices }: TelemetrySettings, succeeded: boolean): Usage | undefined {
  const inputTokens = span.number(...names.inputTokens)
  const outputTokens = span.number(...names.outputTokens)
  const reported = span.number(...names.costUsd) ?? sumOf(span.number('llm.cost.prompt'), span.number('llm.cost.completion'))
  const isWhole = succeeded && isGeneration(span)
  const counts = [inputTokens, outputTokens].filter((count) => count !== undefined).length
  const hasTokens = counts >= (isWhole ? 2 : 1)
  const price = hasTokens ? findPrice(span, prices) : undefined
  const cached = span.number(...names.cachedInputTokens)
  const written = span.number(...names.cacheWriteTokens)
  const costUsd = reported ?? (price && computeCost(price, { input: inputTokens, output: outputTokens, cached, written }))
  const values: UsageValues = Object.fromEntries(
    Object.entries({ inputTokens, outputTokens, costUsd }).filter(
      (entry): entry is [string, number] =>
        entry[1] !== undefined && validateMetricValue(findBuiltInMetric(entry[0])!, entry[1]) === undefined,
    ),
  )
  const unpricedModel = hasTokens && values.costUsd === undefined ? findModel(span) : undefined
  if (unpricedModel !== undefined) values.costUsd = null
  const gaps = isWhole ? used.filter((name) => !(name in values)) : []
  return Object.keys(values).length + gaps.length > 0 ? { values, unpricedModel, gaps } : undefined
}

/** The model that a span calls; undefined if it calls none. The span of an agent sums up what the calls below it used. */
export function findModel(span: Attributes): string | undefined {
  const model = span.text(...names.models)
  return isAgentSpan(span) || (model === undefined && !isModelSpan(span)) ? undefined : (model ?? 'unnamed')
}

interface Tokens {
  input: number | undefined
  output: number | undefined
  /** Those of the input that the provider had cached. */
  cached: number | undefined
  /** Those of the input that the provider cached for later. */
  written: number | undefined
}

/** The cost of a call in USD. */
function computeCost(price: ModelPrice, { input = 0, output = 0, cached = 0, written = 0 }: Tokens): number {
  const { inputUsdPerMillion, outputUsdPerMillion } = price
  const { cachedInputUsdPerMillion = inputUsdPerMillion, cacheWriteUsdPerMillion = inputUsdPerMillion } = price
  const fromCache = Math.min(Math.max(cached, 0), input)
  const toCache = Math.min(Math.max(written, 0), input - fromCache)
  const millionths =
    (input - fromCache - toCache) * inputUsdPerMillion +
    fromCache * cachedInputUsdPerMillion +
    toCache * cacheWriteUsdPerMillion +
    output * outputUsdPerMillion
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

/** Undefined unless both are known: one part alone would be too little. */
const sumOf = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? undefined : a + b)
