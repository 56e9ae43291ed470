import { expect, test } from 'vitest'
import { generateCase } from '../../../bench/causes/fleet.ts'
import { convertCounterToIncreases } from '../../../src/analysis/causes/counters.ts'
import { type CauseInput, rankCauses } from '../../../src/analysis/causes/index.ts'
import { classifyMetric } from '../../../src/analysis/causes/metric-class.ts'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'

const LENGTH = 80
const BEGIN = 60

/** The gateway calls the shop, which calls the database and the mailer; the database's processors get busy. */
function fleet(): CauseInput & { symptom: { component: string; metric: string } } {
  const { normal } = createRandomSource(5)
  const noisy = (before: number, since = before) =>
    Array.from({ length: LENGTH }, (_, i) => (i < BEGIN ? before : since) * Math.exp(0.05 * normal()))
  const series = (component: string, latency: [number, number?], cpu: [number, number?]) => [
    { component, metric: 'latency', values: noisy(...latency) },
    { component, metric: 'cpu', values: noisy(...cpu) },
  ]
  return {
    series: [
      ...series('gateway', [100, 250], [20]),
      ...series('shop', [60, 210], [30]),
      ...series('database', [20, 170], [25, 90]),
      ...series('mailer', [30], [10]),
      ...series('stranger', [80], [50]),
    ],
    graph: [
      ['gateway', 'shop'],
      ['shop', 'database'],
      ['shop', 'mailer'],
    ],
    since: BEGIN,
    symptom: { component: 'gateway', metric: 'latency' },
  }
}

const codeOf = (input: CauseInput) => {
  try {
    return rankCauses(input)[0]!.component
  } catch (error) {
    return (error as { code?: string }).code
  }
}

test('the dependency behind a slow gateway is named, with its busy processors, and probabilities sum to 1', () => {
  const ranking = rankCauses(fleet())
  expect(ranking[0]).toMatchObject({
    component: 'database',
    why: expect.stringMatching(/of database rose from .* to .*with the symptom/),
  })
  expect(ranking[0]!.probability).toBeGreaterThan(0.5)
  expect(ranking.map(({ component }) => component).sort()).toEqual(['database', 'gateway', 'mailer', 'shop', 'stranger'])
  expect(ranking.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
})

test('the cause is found without a graph, without a named symptom and with a beginning that is a few steps off', () => {
  expect(codeOf({ ...fleet(), graph: undefined })).toBe('database')
  expect(codeOf({ ...fleet(), symptom: undefined })).toBe('database')
  expect(codeOf({ ...fleet(), since: BEGIN - 2 })).toBe('database')
  expect(codeOf({ ...fleet(), since: BEGIN + 3 })).toBe('database')
})

/** The gateway's series replaced by those of several quantiles of its times, which move together. */
function withQuantiles(input: ReturnType<typeof fleet>, ...more: [metric: string, before: number, since: number][]): CauseInput {
  const { normal } = createRandomSource(6)
  const shared = Array.from({ length: LENGTH }, () => 0.1 * normal())
  const quantiles = [['latency', 100, 250], ['latencyP90', 160, 390], ['latencyP99', 300, 740], ...more] as const
  const restated = quantiles.map(([metric, before, since]) => ({
    component: 'gateway',
    metric,
    values: shared.map((noise, i) => (i < BEGIN ? before : since) * Math.exp(noise + 0.01 * normal())),
  }))
  return { ...input, series: [...input.series.filter(({ component }) => component !== 'gateway'), ...restated] }
}

test('other quantiles of the symptom say nothing about its cause', () => {
  const input = fleet()
  const hidden = input.series.filter(
    ({ component, metric }) => metric !== 'latency' || (component !== 'database' && component !== 'shop'),
  )
  expect(codeOf(withQuantiles({ ...input, series: hidden }))).toBe('database')
})

test('what delays a component itself is evidence, although the symptom is its own', () => {
  const { normal } = createRandomSource(7)
  const noisy = (before: number, since = before) =>
    Array.from({ length: LENGTH }, (_, i) => (i < BEGIN ? before : since) * Math.exp(0.05 * normal()))
  const solo = [
    { component: 'solo', metric: 'responseTime', values: noisy(100, 250) },
    { component: 'solo', metric: 'eventLoopDelayMs', values: noisy(5, 80) },
    { component: 'x', metric: 'responseTime', values: noisy(30, 31) },
    { component: 'x', metric: 'cpu', values: noisy(20, 22) },
  ]
  const [first] = rankCauses({ series: solo, since: BEGIN, graph: [['solo', 'x']] })
  expect(first).toMatchObject({ component: 'solo', probability: expect.closeTo(1, 1) })
})

test('where only callers measure, what they measure is the symptom', () => {
  const input = fleet()
  const series = input.series.flatMap((each) => {
    if (each.metric !== 'latency') return [each]
    return each.component === 'gateway' ? [{ ...each, metric: 'upstream_response_time' }] : []
  })
  expect(codeOf({ series, since: BEGIN, graph: input.graph })).toBe('database')
})

test('calls that the caller saw become slow are not taken for its own slowness', () => {
  const input = fleet()
  const seen = withQuantiles(input, ['clientLatency', 60, 210])
  // The network in between is slow, so nobody but the caller measures it.
  const asBefore = (values: readonly (number | null)[]) => values.map((value, i) => (i < BEGIN ? value : values[i - BEGIN]!))
  const network = seen.series.map((each) => (each.component === 'gateway' ? each : { ...each, values: asBefore(each.values) }))
  expect(codeOf({ ...seen, series: network })).toBe('shop')
})

test('gaps, NaN and infinities count as not measured', () => {
  const input = fleet()
  const holes = [null, Number.NaN, Number.POSITIVE_INFINITY]
  const series = input.series.map((each) => ({
    ...each,
    values: each.values.map((value, i) => (i % 5 === 2 ? holes[i % 3]! : value)),
  }))
  const ranking = rankCauses({ ...input, series })
  expect(ranking[0]!.component).toBe('database')
  expect(ranking.every(({ probability }) => Number.isFinite(probability))).toBe(true)
})

test('constant series, a component that falls silent and a cycle of calls do no harm', () => {
  const input = fleet()
  const series = [
    ...input.series,
    { component: 'idle', metric: 'threads', values: new Array(LENGTH).fill(0) },
    { component: 'gone', metric: 'cpu', values: Array.from({ length: LENGTH }, (_, i) => (i < BEGIN ? 10 + (i % 3) : null)) },
    { component: 'empty', metric: 'cpu', values: new Array(LENGTH).fill(null) },
  ]
  const ranking = rankCauses({
    ...input,
    series,
    graph: [...input.graph!, ['database', 'gateway'], ['shop', 'shop'], ['shop', 'unseen']],
  })
  expect(ranking[0]!.component).toBe('database')
  expect(ranking.find(({ component }) => component === 'gone')!.why).toContain('no longer reported')
})

test('ten values are enough, and one value is not', () => {
  const input = fleet()
  const cut = (from: number, to: number) => input.series.map((each) => ({ ...each, values: each.values.slice(from, to) }))
  expect(codeOf({ ...input, series: cut(BEGIN - 7, BEGIN + 3), since: 7 })).toBe('database')
  expect(codeOf({ ...input, series: cut(0, 1), since: 0 })).toBe('invalid-series')
  expect(codeOf({ ...input, series: [] })).toBe('invalid-series')
})

test('bad input is refused with a code', () => {
  const input = fleet()
  const [first, ...others] = input.series
  expect(codeOf({ ...input, symptom: { component: 'gateway', metric: 'color' } })).toBe('unknown-symptom')
  expect(codeOf({ ...input, series: [first!, ...input.series] })).toBe('invalid-series')
  expect(codeOf({ ...input, series: [{ ...first!, values: first!.values.slice(1) }, ...others] })).toBe('invalid-series')
  expect(codeOf({ ...input, series: [{ ...first!, values: first!.values.map(() => null) }, ...others] })).toBe('invalid-series')
  for (const since of [0, 1.5, -3, LENGTH, Number.NaN]) expect(codeOf({ ...input, since })).toBe('invalid-since')
})

test('of thirty generated fleets with faults, the cause is first in at least seven of ten', () => {
  const found = Array.from({ length: 30 }, (_, i) => generateCase(50_000 + i)).filter(
    ({ component, input }) => rankCauses(input)[0]!.component === component,
  )
  expect(found.length).toBeGreaterThanOrEqual(21)
})

test('counters are taken by their increases, over resets and gaps', () => {
  const input = fleet()
  const total = (component: string, rate: (step: number) => number) => {
    let sum = 1_000
    const values = Array.from({ length: LENGTH }, (_, step) => {
      sum = step === 30 ? 0 : sum + rate(step)
      return step % 17 === 5 ? null : sum
    })
    return { component, metric: 'bytes_total', values }
  }
  const series = [
    ...input.series.filter(({ component }) => component !== 'database'),
    total('database', (step) => (step < BEGIN ? 100 : 900) + (step % 7)),
    total('stranger', (step) => 100 + (step % 7)),
  ]
  const ranking = rankCauses({ ...input, series, graph: undefined })
  const [database, stranger] = ['database', 'stranger'].map((name) => ranking.find(({ component }) => component === name)!)
  expect(database!.why).toContain('bytes_total of database rose from 103 to 903')
  expect(database!.probability).toBeGreaterThan(10 * stranger!.probability)
})

test('a success rate that falls from 1 to 0 is a symptom, although all its values are whole numbers', () => {
  const { normal } = createRandomSource(6)
  const values = Array.from({ length: LENGTH }, () => 200 + 5 * normal())
  const success = { component: 'mailer', metric: 'successRate', values: values.map((_, i) => (i < BEGIN ? 1 : 0)) }
  const ranked = rankCauses({ series: [{ component: 'shop', metric: 'responseTime', values }, success], since: BEGIN })
  expect(ranked[0]).toMatchObject({ component: 'mailer', metric: 'successRate' })
})

test('metrics are told apart by their words', () => {
  expect(classifyMetric('http.client.request.duration')).toBe('calls')
  expect(classifyMetric('PodClientLatencyP90(s)')).toBe('calls')
  expect(classifyMetric('client_errors')).toBe('service')
  expect(classifyMetric('envoy_http_downstream_rq_time')).toBe('service')
  expect(classifyMetric('eventLoopDelayMs')).toBe('resource')
  for (const name of ['memoryMb', 'mem_usage', 'heapUsedMb']) expect(classifyMetric(name)).toBe('resource')
  expect(classifyMetric('memcached latency')).toBe('service')
  expect(classifyMetric('memberRequests')).toBe('load')
  for (const name of ['sentimentScore', 'defaultRate']) expect(classifyMetric(name)).toBe('resource')
  expect(classifyMetric('pgmajfault')).toBe('service')
})

test('a metric says which way it is worse, if its name does not', () => {
  const { normal } = createRandomSource(6)
  const draw = (level: number, later: number) =>
    Array.from({ length: LENGTH }, (_, i) => (i < BEGIN ? level : later) * (1 + 0.02 * normal()))
  const symptom = { component: 'shop', metric: 'responseTime', values: draw(200, 600) }
  const rating = (worse: 1 | -1) => ({ component: 'mailer', metric: 'answerDelayRating', values: draw(0.9, 0.3), worse })
  const probabilityOf = (worse: 1 | -1) =>
    rankCauses({ series: [symptom, rating(worse)], graph: [['shop', 'mailer']], since: BEGIN }).find(
      ({ component }) => component === 'mailer',
    )!.probability
  expect(probabilityOf(-1)).toBeGreaterThan(probabilityOf(1))
})

test('a quiet gauge that rises while something is wrong is no counter', () => {
  const values = [...Array(20).fill(10), 12, 15, 20, 30, 50, 50, 50]
  const gauge = { component: 'mailer', metric: 'connections', values }
  expect(convertCounterToIncreases(gauge, 20)).toEqual(gauge)
  const counter = { ...gauge, values: values.map((_, i) => 100 * i) }
  expect(convertCounterToIncreases(counter, 20).values.slice(1)).toEqual(Array(values.length - 1).fill(100))
})

test('a count that changes by one is no cause', () => {
  const input = fleet()
  const restarts = {
    component: 'mailer',
    metric: 'restarts',
    values: Array.from({ length: LENGTH }, (_, i) => (i < BEGIN ? 0 : 1)),
  }
  const probabilityOf = (series: CauseInput['series']) =>
    rankCauses({ ...input, series, graph: undefined }).find(({ component }) => component === 'mailer')!.probability
  expect(probabilityOf([...input.series, restarts])).toBeLessThan(0.1)
})

test('a change that was recorded shortly before makes its component more probable, unless nothing of it changed or it came much earlier', () => {
  const probabilityOf = (component: string, changes: CauseInput['changes']) =>
    rankCauses({ ...fleet(), changes }).find((each) => each.component === component)!
  const description = 'configuration version 12'
  const without = probabilityOf('shop', [])
  const close = probabilityOf('shop', [{ component: 'shop', at: BEGIN - 2, description }])
  const early = probabilityOf('shop', [{ component: 'shop', at: BEGIN - 100, description }])
  expect(close.probability).toBeGreaterThan(3 * without.probability)
  expect(close.why).toContain('configuration version 12 came shortly before')
  expect(early.probability).toBeLessThan(1.2 * without.probability)
  expect(early.why).toBe(without.why)
  expect(probabilityOf('shop', [{ component: 'shop', at: BEGIN + 10, description }])).toEqual(without)
  const idle = probabilityOf('mailer', [{ component: 'mailer', at: BEGIN - 2, description }])
  expect(idle.probability).toBeLessThan(0.05)
})
