import { z } from 'zod'
import { parseJson } from '../model/json.ts'
import type { ConfiguredMetric } from '../model/metric.ts'
import { validateMetricValue } from '../model/metric-value.ts'
import { nameSchema } from '../model/name.ts'
import type { PrometheusValue } from '../model/readings.ts'
import type { Source } from './source.ts'

/** Less than a source may take, so that a query that hangs does not take the others with it. */
const answerWithinMs = 4_000
const longestAnswer = 32 * 1024 * 1024

/** A metric whose query failed, or gave series that cannot be used, and why. */
export interface FailedQuery {
  metric: string
  reason: string
  /** Whether other series are used anyway. */
  isPartial: boolean
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
    if (prometheus === undefined || prometheus.metrics.length === 0) return reading
    const headers = prometheus.readHeaders?.() ?? {}
    await Promise.all(
      prometheus.metrics.map(async (metric) => {
        try {
          const { values, problem } = await readMetric({ url: prometheus.url, headers: await headers }, metric, now)
          reading.values.push(...values)
          if (problem) reading.failed.push({ metric: metric.name, reason: problem, isPartial: values.length > 0 })
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error)
          reading.failed.push({ metric: metric.name, reason, isPartial: false })
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
      resultType: z.literal('vector', { error: 'the result is not a vector; aggregate it by agent' }),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
    }),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
])

/** A metric by its name, perhaps with labels; of everything else Prometheus knows only when it computed it. */
const selector = /^\s*[A-Za-z_:][\w:]*\s*(\{[^{}]*\})?\s*$/

interface Server {
  url: string
  headers: Record<string, string>
}

/** The values of a metric by agent, each as old as its sample if the query selects samples, and why other series are not used. */
async function readMetric(
  server: Server,
  metric: ConfiguredMetric,
  now: number,
): Promise<{ values: PrometheusValue[]; problem: string | undefined }> {
  const { name, query = '', agentLabel = 'agent' } = metric
  const [samples, times] = await Promise.all([
    ask(server, query),
    selector.test(query) ? ask(server, `timestamp(${query})`) : ([] as Sample[]),
  ])
  const sampledAt = new Map(times.map(({ labels, value }) => [labels[agentLabel], value * 1_000]))
  const values: PrometheusValue[] = []
  const unusable = new Map<string, number>()
  const strange: string[] = []
  const leave = (reason: string, series: number) => unusable.set(reason, (unusable.get(reason) ?? 0) + series)
  for (const [agentId, all] of Map.groupBy(samples, ({ labels }) => labels[agentLabel])) {
    // A quotient has no value while nothing happens.
    const present = all.filter(({ value }) => !Number.isNaN(value))
    const [first, ...others] = present
    if (!first) continue
    if (agentId === undefined) leave(`without the label ${agentLabel}`, present.length)
    else if (!nameSchema.safeParse(agentId).success) strange.push(agentId)
    else if (others.length > 0)
      leave(`from an agent with several series, such as ${agentId}; aggregate them by agent`, present.length)
    else if (validateMetricValue(metric, first.value) !== undefined) leave(describeImpossible(metric), 1)
    else values.push({ agentId, metric: name, value: first.value, at: Math.min(now, sampledAt.get(agentId) ?? now) })
  }
  if (strange.length > 0)
    leave(`labeled with something that cannot be an agent id, such as ${strange[0]}; use label_replace`, strange.length)
  const problem = [...unusable].map(([reason, series]) => `${series} of ${samples.length} series are ${reason}`).join('; ')
  return { values, problem: problem || undefined }
}

const describeImpossible = ({ kind }: ConfiguredMetric) =>
  kind === 'proportion'
    ? 'outside 0 to 1, the range of a proportion; divide percentages by 100'
    : kind === 'count'
      ? 'not whole numbers of 0 or more, as counts must be; declare the metric as continuous'
      : 'negative or too large'

interface Sample {
  labels: Record<string, string>
  value: number
}

async function ask({ url, headers }: Server, query: string): Promise<Sample[]> {
  const address = new URL(`${url.replace(/\/$/, '')}/api/v1/query`)
  address.search = new URLSearchParams({ query, timeout: `${answerWithinMs}ms` }).toString()
  // Credentials must not reach other servers.
  const redirect = Object.keys(headers).length > 0 ? 'error' : 'follow'
  const response = await fetch(address, { headers, redirect, signal: AbortSignal.timeout(answerWithinMs) })
  const text = await readText(response)
  const parsed = answerSchema.safeParse(parseJson(text))
  if (!parsed.success)
    throw new Error(`${response.status} ${parsed.error.issues[0]?.message ?? 'the response is not from Prometheus'}`)
  const { data: answer } = parsed
  if (answer.status === 'error') throw new Error(answer.error)
  return answer.data.result.map(({ metric: labels, value: [, text] }) => ({ labels, value: toNumber(text) }))
}

/** A number as Prometheus writes it: `NaN`, `+Inf` and `-Inf` too. */
const toNumber = (text: string) => Number(text.replace('Inf', 'Infinity'))

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > longestAnswer) throw new Error(`the response is longer than ${longestAnswer} bytes; aggregate the query by agent`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
