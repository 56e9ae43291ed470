/** Generated fleets with one fault each: services that call each other, and the metrics that they would report. */
import type { RecordedChange } from '../../src/analysis/causes/index.ts'
import { createRandomSource, type RandomSource } from '../../src/analysis/statistics/random.ts'
import { injectFault } from './faults.ts'
import type { FaultKind, Service } from './service.ts'
import { simulateMetrics } from './simulation.ts'

export interface FaultCase {
  component: string
  kind: FaultKind
  /** The recorded changes: the change behind a fault of the configuration, and innocent ones of any component. */
  changes: RecordedChange[]
  input: {
    series: { component: string; metric: string; values: (number | null)[] }[]
    stepSeconds: number
    since: number
    graph?: [caller: string, callee: string][]
    symptom: { component: string; metric: string }
  }
}

export const faultKinds: readonly FaultKind[] = ['cpu', 'memory', 'disk', 'delay', 'loss', 'config']

/** The case of a seed. Faults whose effect a caller can hardly see are drawn again. */
export function generateCase(seed: number, kind: FaultKind = faultKinds[seed % faultKinds.length]!): FaultCase {
  for (let attempt = 0; ; attempt++) {
    const random = createRandomSource(seed, attempt)
    const found = tryCase(random, kind)
    if (found) return { ...found, changes: drawChanges(found, createRandomSource(seed, 1_000 + attempt)) }
  }
}

function tryCase(random: RandomSource, kind: FaultKind): Omit<FaultCase, 'changes'> | undefined {
  const services = drawServices(5 + random.below(36), random)
  const before = random.uniform() < 0.2 ? 20 + random.below(40) : 60 + random.below(300)
  const after = random.uniform() < 0.2 ? before : 8 + random.below(50)
  const cause = services[1 + random.below(services.length - 1)]!
  const fault = injectFault(kind, cause, before, random)
  const length = before + after
  const metrics = simulateMetrics(services, fault, length, random)
  const callers = ancestors(services, cause)
  const symptom = chooseSymptom(callers, metrics, before, random)
  if (!symptom) return undefined

  const reported = [/./, /./, /latency|error|workload|requests|throughput/i, /cpu|memory|latency/i][random.below(4)]!
  const series = [...metrics, ...drawIdleMetrics(services, length, random)]
    .filter((each) => each === symptom || (reported.test(each.metric) && random.uniform() > 0.15))
    .map(({ component, metric, values }) => ({ component, metric, values: withGaps(values, random) }))
  if (!series.some(({ component }) => component === cause.name)) return undefined
  const calls = services.flatMap(({ name, calls }) => calls.map(({ callee }): [string, string] => [name, callee.name]))
  const unseen = random.uniform() < 0.25 ? 0.15 : 0
  const graph = calls.filter(() => random.uniform() >= unseen)
  return {
    component: cause.name,
    kind,
    input: {
      series,
      stepSeconds: [15, 60, 300][random.below(3)]!,
      // People and detectors find out late, and sometimes guess too early.
      since: Math.max(1, before + random.below(6) - 2),
      ...(random.uniform() < 0.7 && { graph }),
      symptom: { component: symptom.component, metric: symptom.metric },
    },
  }
}

/** One component in seven was changed within forty steps before, for no harm. */
function drawChanges({ component: cause, kind, input }: Omit<FaultCase, 'changes'>, random: RandomSource): RecordedChange[] {
  const components = [...new Set(input.series.map(({ component }) => component))]
  return components.flatMap((component) => {
    const isCause = kind === 'config' && component === cause
    if (!isCause && random.uniform() > 1 / 7) return []
    const ago = isCause ? random.below(8) : random.below(40)
    return [{ component, at: input.since - ago, description: 'configuration version 2' }]
  })
}

function drawServices(count: number, random: RandomSource): Service[] {
  const services: Service[] = []
  const shallow = random.uniform() < 0.35 ? 0.6 : 0.1
  const pickCaller = (count: number) => (random.uniform() < shallow ? 0 : random.below(count))
  for (let i = 0; i < count; i++) {
    const service: Service = {
      name: i === 0 ? 'gateway' : `service-${i}`,
      calls: [],
      ownMs: 4 * Math.exp(3 * random.uniform()),
      utilization: 0.15 + 0.45 * random.uniform(),
      memoryMb: 50 * Math.exp(3 * random.uniform()),
      errorRate: random.uniform() < 0.4 ? 0 : 0.01 * random.uniform(),
      diskPerCall: Math.exp(2 * random.normal()),
    }
    const callers = new Set(i === 0 ? [] : [pickCaller(i), ...(random.uniform() < 0.3 ? [pickCaller(i)] : [])])
    for (const caller of callers) {
      services[caller]!.calls.push({ callee: service, perCall: 0.3 + random.uniform(), waits: random.uniform() < 0.9 })
    }
    services.push(service)
  }
  return services
}

/** Those that call the service, directly or through others, and the service itself. */
function ancestors(services: readonly Service[], of: Service): Set<string> {
  const found = new Set([of.name])
  for (const { name, calls } of services.toReversed()) if (calls.some(({ callee }) => found.has(callee.name))) found.add(name)
  return found
}

type Values = { component: string; metric: string; values: number[] }

/** A response time or error rate of the gateway, or else of any other caller, that became visibly worse. */
function chooseSymptom(callers: Set<string>, metrics: Values[], before: number, random: RandomSource): Values | undefined {
  const visible = metrics.filter(({ component, metric, values }) => {
    if (!callers.has(component) || !/latency|error/i.test(metric)) return false
    const usual = values.slice(0, before).toSorted((a, b) => a - b)
    const now = values.slice(before).toSorted((a, b) => a - b)
    return now[now.length >> 1]! > usual[Math.floor(0.95 * usual.length)]! * 1.1
  })
  const atGateway = visible.filter(({ component }) => component === 'gateway')
  const choice = atGateway.length > 0 && random.uniform() < 0.8 ? atGateway : visible
  return choice.length > 0 ? choice[random.below(choice.length)] : undefined
}

/** Counts that hardly ever change, and then by chance: restarts, open files, threads. */
function drawIdleMetrics(services: readonly Service[], length: number, random: RandomSource): Values[] {
  return services
    .filter(() => random.uniform() < 0.3)
    .map(({ name }) => {
      let value = random.below(30)
      const rate = 0.1 * random.uniform() ** 2
      const values = Array.from({ length }, () => {
        if (random.uniform() < rate) value = Math.max(0, value + random.below(9) - 4)
        return value
      })
      return { component: name, metric: ['threads', 'latencyTimeouts', 'errorRetries'][random.below(3)]!, values }
    })
}

function withGaps(values: readonly number[], random: RandomSource): (number | null)[] {
  const share = random.uniform() < 0.5 ? 0 : 0.08 * random.uniform()
  const gap = random.uniform() < 0.1 ? { from: random.below(values.length), length: random.below(values.length >> 2) } : undefined
  return values.map((value, i) =>
    random.uniform() < share || (gap && i >= gap.from && i < gap.from + gap.length) ? null : Number(value.toPrecision(5)),
  )
}
