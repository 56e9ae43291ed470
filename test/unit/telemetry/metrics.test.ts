import { describe, expect, test } from 'vitest'
import { metricDeclarationsSchema } from '../../../src/model/configured-metrics.ts'
import type { ConfiguredMetric } from '../../../src/model/metric.ts'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { CumulativeSums } from '../../../src/telemetry/cumulative-sums.ts'
import { decode } from '../../../src/telemetry/decode.ts'
import { translateMetrics } from '../../../src/telemetry/metrics.ts'
import { ExportMetricsServiceRequestSchema } from '../../../src/telemetry/proto/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts'
import { resource, toAttributes } from '../../support/otlp.ts'

const now = Date.UTC(2026, 0, 1)
const nanos = (ms: number) => `${BigInt(ms) * 1_000_000n}`
const [delta, cumulative] = [1, 2]
const settings = telemetrySchema.parse({
  metrics: { 'cache.hit_ratio': 'cacheHitRate', 'api.calls': 'apiCallsUsed', response: 'avgResponseTime' },
})
const declaredAs = (name: string, otlp: object, kind = 'continuous') => ({ name, direction: 'lower', kind, otlp })
const declared: ConfiguredMetric[] = metricDeclarationsSchema.parse([
  declaredAs('queueDepth', { name: 'queue.depth' }, 'count'),
  declaredAs('waitMs', { name: 'wait' }),
  declaredAs('waitP90', { name: 'wait', statistic: 'p90' }),
  { ...declaredAs('delayMs', { name: 'delay' }), unit: 'ms' },
  declaredAs('waits', { name: 'wait', statistic: 'count' }, 'count'),
])

const point = (value: number, known: object = {}) => ({ timeUnixNano: nanos(now), asDouble: value, ...known })
const bucketsOf = (bucketCounts: number[], sum: number, known: object = {}) => ({
  timeUnixNano: nanos(now),
  count: bucketCounts.reduce((all, each) => all + each, 0),
  sum,
  bucketCounts,
  explicitBounds: [10, 100],
  ...known,
})
const sumOf = (name: string, aggregationTemporality: number, dataPoints: object[], isMonotonic = true) => ({
  name,
  sum: { aggregationTemporality, isMonotonic, dataPoints },
})

/** The readings from the requests of one instance, one after the other. */
function sender() {
  const sums = new CumulativeSums()
  return (...metrics: object[]) => {
    const body = JSON.stringify({ resourceMetrics: [{ resource: resource('bot'), scopeMetrics: [{ metrics }] }] })
    const request = decode(ExportMetricsServiceRequestSchema, Buffer.from(body), 'json')
    const telemetry = translateMetrics(request, { ...settings, declared, sums }, now, () => undefined)
    sums.keep(telemetry.sums)
    const { reports, ignoredPoints, refusals } = telemetry
    expect(refusals.count).toBeLessThanOrEqual(telemetry.read)
    return {
      values: reports.map(({ values }) => values),
      ignored: Object.fromEntries(ignoredPoints),
      refused: refusals.describe(),
    }
  }
}

describe('metrics of an instance', () => {
  test('are one report, under the names of the configuration, and what nothing is made of is counted by name', () => {
    const send = sender()
    const answer = send(
      { name: 'cache.hit_ratio', gauge: { dataPoints: [point(0.5)] } },
      { name: 'queue.depth', gauge: { dataPoints: [{ timeUnixNano: nanos(now), asInt: '7' }] } },
      { name: 'other', gauge: { dataPoints: [point(1), point(2)] } },
      { name: 'durations', histogram: { aggregationTemporality: delta, dataPoints: [bucketsOf([1, 0, 0], 5)] } },
    )
    expect(answer).toEqual({
      values: [{ cacheHitRate: 0.5, metrics: { queueDepth: 7 } }],
      ignored: { other: 2, durations: 1 },
      refused: '',
    })
  })

  test('that are gauges are averaged over their series, sums added, and impossible values left out', () => {
    const series = (value: number, model: string) => point(value, { attributes: toAttributes({ model }) })
    const { values, refused } = sender()(
      { name: 'cache.hit_ratio', gauge: { dataPoints: [series(0.25, 'a'), series(0.75, 'b'), series(7, 'c')] } },
      sumOf('api.calls', delta, [series(3, 'a'), series(4, 'b')]),
    )
    expect(values).toEqual([{ cacheHitRate: 0.5, apiCallsUsed: 7 }])
    expect(refused).toBe('1 × cache.hit_ratio has an invalid value for cacheHitRate')
  })

  test('that are histograms give their mean, count and quantiles, merged over their series', () => {
    const dataPoints = [
      bucketsOf([5, 5, 0], 300, { attributes: toAttributes({ model: 'a' }) }),
      bucketsOf([0, 10, 0], 700, { attributes: toAttributes({ model: 'b' }), exemplars: [point(50)] }),
    ]
    const { values } = sender()({ name: 'wait', histogram: { aggregationTemporality: delta, dataPoints } })
    // 18 of 20 are 13 of the 15 that lie between 10 and 100.
    expect(values).toEqual([{ metrics: { waitMs: 50, waits: 20, waitP90: 10 + (90 * 13) / 15 } }])
  })

  test('that are sums since a start tell their increase, also after a restart, and nothing when they arrive again', () => {
    const send = sender()
    const at = (value: number, seconds: number, start: number) =>
      sumOf('api.calls', cumulative, [
        point(value, { timeUnixNano: nanos(now - 100_000 + seconds * 1_000), startTimeUnixNano: nanos(start) }),
      ])
    expect(send(at(10, 0, 1_000)).values).toEqual([])
    expect(send(at(25, 10, 1_000)).values).toEqual([{ apiCallsUsed: 15 }])
    expect(send(at(25, 10, 1_000)).values).toEqual([])
    expect(send(at(4, 20, 2_000)).values).toEqual([{ apiCallsUsed: 4 }])
    expect(send(at(4, 30, 2_000)).values).toEqual([{ apiCallsUsed: 0 }])
  })

  test('that are histograms since a start tell what came since the last export', () => {
    const send = sender()
    const at = (counts: number[], sum: number, seconds: number) => ({
      name: 'wait',
      histogram: {
        aggregationTemporality: cumulative,
        dataPoints: [bucketsOf(counts, sum, { timeUnixNano: nanos(now - 100_000 + seconds * 1_000), startTimeUnixNano: '1' })],
      },
    })
    expect(send(at([100, 0, 0], 500, 0)).values).toEqual([])
    expect(send(at([100, 10, 0], 1_100, 10)).values).toEqual([{ metrics: { waitMs: 60, waits: 10, waitP90: 91 } }])
  })

  /** Bucket `i` of scale 0 holds what is above `2^i` and at most twice that; at scale 1, each has two halves. */
  const exponentialOf = (scale: number, offset: number, bucketCounts: number[], known: object = {}) => ({
    timeUnixNano: nanos(now),
    count: bucketCounts.reduce((all, each) => all + each, 0),
    scale,
    positive: { offset, bucketCounts },
    ...known,
  })

  test('that are exponential histograms give quantiles, merged over series of other scales', () => {
    const dataPoints = [
      // 10 above 16, and 5 above 32.
      exponentialOf(0, 4, [10, 5], { attributes: toAttributes({ model: 'a' }) }),
      // 2 at 0, 1 above 16, 2 above 16 · √2.
      { ...exponentialOf(1, 8, [1, 2], { attributes: toAttributes({ model: 'b' }) }), zeroCount: 2, count: 5 },
    ]
    const { values } = sender()({ name: 'wait', exponentialHistogram: { aggregationTemporality: delta, dataPoints } })
    // 18 of 20 are 2 at 0, 13 above 16 and 3 of the 5 above 32.
    expect(values).toEqual([{ metrics: { waits: 20, waitP90: expect.closeTo(32 * 2 ** (3 / 5), 9) } }])
    // Of a scale that nobody has, only the mean and the count.
    const [other] = sender()({
      name: 'wait',
      exponentialHistogram: { aggregationTemporality: delta, dataPoints: [{ ...exponentialOf(99, 4, [10]), sum: 5 }] },
    }).values
    expect(other).toEqual({ metrics: { waits: 10, waitMs: 0.5 } })
  })

  test('that are exponential histograms since a start tell what came since the last export, also at another scale', () => {
    const send = sender()
    const at = (seconds: number, scale: number, offset: number, counts: number[]) => ({
      name: 'wait',
      exponentialHistogram: {
        aggregationTemporality: cumulative,
        dataPoints: [
          exponentialOf(scale, offset, counts, { timeUnixNano: nanos(now - 100_000 + seconds * 1_000), startTimeUnixNano: '1' }),
        ],
      },
    })
    expect(send(at(0, 1, 8, [50, 50])).values).toEqual([])
    // At the coarser scale, 100 of before are above 16; 10 came above 64.
    expect(send(at(10, 0, 4, [100, 0, 10])).values).toEqual([
      { metrics: { waits: 10, waitP90: expect.closeTo(64 * 2 ** 0.9, 9) } },
    ])
  })

  test('that are in another unit than the configuration wants are converted, or refused', () => {
    const inUnit = (unit: string) => {
      const { values, refused } = sender()({ name: 'delay', unit, gauge: { dataPoints: [point(250)] } })
      return refused || values[0]!.metrics!.delayMs
    }
    expect(['ms', '', '{delay}', 's', 'us', 'min'].map(inUnit)).toEqual([250, 250, 250, 250_000, 0.25, 15_000_000])
    expect(inUnit('By')).toBe('1 × delay is in By, which cannot be converted to ms of delayMs')
    const ofResponses = { name: 'response', unit: 's', gauge: { dataPoints: [point(1.5), point(2.5)] } }
    expect(sender()(ofResponses).values).toEqual([{ avgResponseTime: 2_000 }])
    const ratio = { name: 'cache.hit_ratio', unit: '%', gauge: { dataPoints: [point(40)] } }
    expect(sender()(ratio).values).toEqual([{ cacheHitRate: 0.4 }])
    // Its count has no unit.
    const histogram = { aggregationTemporality: delta, dataPoints: [bucketsOf([5, 5, 0], 300)] }
    expect(sender()({ name: 'wait', unit: 's', histogram }).values).toMatchObject([{ metrics: { waits: 10 } }])
  })

  test('that may also go down are a level, and only changes of it are refused', () => {
    const send = sender()
    expect(send(sumOf('queue.depth', cumulative, [point(3), point(4)], false)).values).toEqual([{ metrics: { queueDepth: 7 } }])
    expect(send(sumOf('queue.depth', delta, [point(1)], false))).toMatchObject({
      values: [],
      refused: '1 × queue.depth reports a change in a level, not the level; export it with cumulative temporality',
    })
  })

  test('that are histograms in which nothing was counted have a count and a sum of 0, and are not refused', () => {
    const send = sender()
    const idle = { aggregationTemporality: delta, dataPoints: [bucketsOf([0, 0, 0], 0)] }
    expect(send({ name: 'wait', histogram: idle })).toMatchObject({ values: [{ metrics: { waits: 0 } }], refused: '' })
    const dataPoints = [bucketsOf([0, 0, 0], 0), { ...bucketsOf([5, 5, 0], 300), attributes: toAttributes({ model: 'a' }) }]
    const { values } = send({ name: 'wait', histogram: { aggregationTemporality: delta, dataPoints } })
    expect(values).toMatchObject([{ metrics: { waits: 10, waitMs: 30 } }])
  })

  test('that cannot be used are refused once each, however many figures they were for', () => {
    const withoutSum = { ...bucketsOf([4, 0, 0], 0), sum: undefined, bucketCounts: [], explicitBounds: [] }
    const histogram = { aggregationTemporality: delta, dataPoints: [withoutSum] }
    expect(sender()({ name: 'wait', histogram })).toMatchObject({
      values: [{ metrics: { waits: 4 } }],
      refused: '1 × wait has no mean',
    })
  })

  test('without a value, or of another kind than it takes, give none', () => {
    const send = sender()
    expect(send({ name: 'queue.depth', gauge: { dataPoints: [point(1, { flags: 1 })] } })).toMatchObject({
      values: [],
      refused: '',
    })
    expect(send({ name: 'queue.depth', gauge: { dataPoints: [point(0.5)] } }).refused).toBe(
      '1 × queue.depth has an invalid value: queueDepth must be a whole number, not 0.5',
    )
    expect(send({ name: 'wait', summary: { dataPoints: [{ timeUnixNano: nanos(now), count: 1, sum: 1 }] } }).refused).toMatch(
      /^1 × wait is a summary/,
    )
    const infinite = bucketsOf([0, 0, 4], 4_000)
    expect(send({ name: 'wait', histogram: { aggregationTemporality: delta, dataPoints: [infinite] } }).values).toEqual([
      { metrics: { waitMs: 1_000, waits: 4, waitP90: 100 } },
    ])
  })
})
