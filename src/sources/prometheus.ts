import { z } from 'zod'
import type { ConfiguredMetric } from '../model/metric.ts'
import { validateMetricValue } from '../model/metric-value.ts'
import type { PrometheusValue } from '../model/readings.ts'
import type { Source } from './source.ts'

/** Less than a source may take, so that a query that hangs does not take the others with it. */
const answerWithinMs = 4_000
const longestAnswer = 32 * 1024 * 1024

/** A metric whose query failed, and why. */
export interface FailedQuery {
  metric: string
  reason: string
}

export interface PrometheusReading {
  values: PrometheusValue[]
  failed: FailedQuery[]
}

/** Prometheus: an instant query for each configured metric, for all agents, and another for the times of samples. */
export const prometheusSource: Source<PrometheusReading> = {
  name: 'prometheus',
  async read({ prometheus, agentIds, now }) {
    const reading: PrometheusReading = { values: [], failed: [] }
    const { url, metrics = [] } = prometheus ?? {}
    if (url === undefined) return reading
    await Promise.all(
      metrics.map(async (metric) => {
        try {
          reading.values.push(...(await readMetric(url, metric, now)))
        } catch (error) {
          reading.failed.push({ metric: metric.name, reason: error instanceof Error ? error.message : String(error) })
        }
      }),
    )
    const wanted = agentIds && new Set(agentIds)
    return wanted ? { ...reading, values: reading.values.filter(({ agentId }) => wanted.has(agentId)) } : reading
  },
  combine: (parts) => ({
    values: parts.flatMap(({ values }) => values),
    failed: parts.flatMap(({ failed }) => failed),
  }),
}

const answerSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.object({
      resultType: z.literal('vector', { error: 'the result is no vector; aggregate it by agent' }),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
    }),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
])

/** A metric by its name, perhaps with labels; of everything else Prometheus knows only when it computed it. */
const selector = /^\s*[A-Za-z_:][\w:]*\s*(\{[^{}]*\})?\s*$/

/** The value of a metric by agent, as old as its sample if the query selects samples. */
async function readMetric(url: string, metric: ConfiguredMetric, now: number): Promise<PrometheusValue[]> {
  const { name, query = '', agentLabel = 'agent' } = metric
  const [values, times] = await Promise.all([
    ask(url, query),
    selector.test(query) ? ask(url, `timestamp(${query})`) : ([] as Sample[]),
  ])
  const sampledAt = new Map(times.map(({ labels, value }) => [labels[agentLabel], value * 1_000]))
  return values.flatMap(({ labels, value }) => {
    const agentId = labels[agentLabel]
    const isUsable = agentId !== undefined && !validateMetricValue(metric, value)
    return isUsable ? [{ agentId, metric: name, value, at: Math.min(now, sampledAt.get(agentId) ?? now) }] : []
  })
}

interface Sample {
  labels: Record<string, string>
  value: number
}

async function ask(url: string, query: string): Promise<Sample[]> {
  const address = new URL(`${url.replace(/\/$/, '')}/api/v1/query`)
  address.search = new URLSearchParams({ query, timeout: `${answerWithinMs}ms` }).toString()
  const response = await fetch(address, { signal: AbortSignal.timeout(answerWithinMs) })
  const text = await readText(response)
  const parsed = answerSchema.safeParse(parseJson(text))
  if (!parsed.success)
    throw new Error(`${response.status} ${parsed.error.issues[0]?.message ?? 'the answer is not that of Prometheus'}`)
  const { data: answer } = parsed
  if (answer.status === 'error') throw new Error(answer.error)
  return answer.data.result.map(({ metric: labels, value: [, text] }) => ({ labels, value: Number(text) }))
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > longestAnswer) throw new Error(`the answer has more than ${longestAnswer} bytes; aggregate it by agent`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
