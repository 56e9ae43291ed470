import type { RandomSource } from '../../src/analysis/statistics/random.ts'
import { type Fault, type Service, undisturbed } from './service.ts'

interface Values {
  component: string
  metric: string
  values: number[]
}

/** The metrics of every service at every step: load spreads from the callers down, times and errors come back up. */
export function simulateMetrics(services: readonly Service[], fault: Fault, length: number, random: RandomSource): Values[] {
  const load = drawLoad(length, random)
  const naming = random.below(3)
  const names = {
    latency: ['latency', 'latency-p90', 'responseLatency'][naming]!,
    errors: ['errorRate', 'error', 'errors'][naming]!,
    calls: ['workload', 'requests', 'throughput'][naming]!,
  }
  const noise = 0.02 + 0.12 * random.uniform()
  const made: Values[] = []
  const by = new Map(
    services.map((service) => {
      const own = Object.fromEntries(
        [names.latency, names.errors, names.calls, 'cpu', 'memory', 'disk'].map((metric) => {
          const values: Values = { component: service.name, metric, values: [] }
          made.push(values)
          return [metric, values.values]
        }),
      )
      return [service, { own, drift: 0, memory: 0, noise: noise * (0.5 + random.uniform()), events: drawEvents(length, random) }]
    }),
  )

  for (let step = 0; step < length; step++) {
    const calls = new Map(services.map((service, i) => [service, i === 0 ? load[step]! : 0]))
    for (const service of services) {
      const { callFactor } = service === fault.service ? fault.at(step) : undisturbed
      for (const { callee, perCall } of service.calls) {
        calls.set(callee, calls.get(callee)! + calls.get(service)! * perCall * callFactor)
      }
    }
    const seen = new Map<Service, { ms: number; delayMs: number; errorRate: number }>()
    for (const service of services.toReversed()) {
      const state = by.get(service)!
      const disturbance = service === fault.service ? fault.at(step) : undisturbed
      const { busy, slow } = state.events(step)
      const relative = calls.get(service)! / expectedCalls(services, service)
      state.drift = 0.95 * state.drift + 0.3 * state.noise * random.normal()
      state.memory += 0.004 * random.normal()
      const utilization = Math.min(0.95, Math.max(0.01, service.utilization * relative + disturbance.utilization + busy))
      let ms = (service.ownMs * disturbance.slowness * slow * Math.exp(state.drift)) / (1 - utilization)
      let healthy = 1 - service.errorRate - disturbance.errorRate
      for (const { callee, perCall, waits } of service.calls) {
        const answer = seen.get(callee)!
        if (waits) ms += perCall * disturbance.callFactor * (answer.ms + answer.delayMs + disturbance.delayMs)
        if (waits) healthy *= (1 - answer.errorRate) ** Math.min(1, perCall)
      }
      seen.set(service, { ms, delayMs: disturbance.delayMs, errorRate: 1 - healthy })
      const measured = (value: number, spread = state.noise) => {
        const tail = random.uniform() < 0.01 ? 1 + 2 * random.uniform() : 1
        return value * tail * Math.exp(spread * random.normal())
      }
      state.own[names.latency]!.push(measured(ms + disturbance.delayMs * disturbance.delaySeen))
      state.own[names.errors]!.push(
        Math.max(0, Math.min(1, 1 - healthy + 0.003 * Math.abs(random.normal()) * (healthy < 1 ? 1 : 0))),
      )
      state.own[names.calls]!.push(measured(calls.get(service)! * (1 - 0.3 * (1 - healthy))))
      state.own.cpu!.push(100 * Math.min(1, measured(utilization, 0.6 * state.noise)))
      state.own.memory!.push(service.memoryMb * disturbance.memoryFactor * Math.exp(state.memory))
      state.own.disk!.push(measured(calls.get(service)! * service.diskPerCall * disturbance.diskFactor, 2 * state.noise))
    }
  }
  return made
}

/** Calls of the gateway in a step: a level of 100 with a season and noise. */
function drawLoad(length: number, random: RandomSource): number[] {
  const [size, period, phase] = [0.4 * random.uniform(), 40 + random.below(300), random.uniform()]
  let noise = 0
  return Array.from({ length }, (_, step) => {
    noise = 0.8 * noise + 0.06 * random.normal()
    return 100 * (1 + size * Math.sin(2 * Math.PI * (step / period + phase))) * Math.exp(noise)
  })
}

/** Harmless events: a job that keeps processors busy for a while, a spell of slowness. */
function drawEvents(length: number, random: RandomSource): (step: number) => { busy: number; slow: number } {
  const events = Array.from({ length: random.uniform() < 0.3 ? 1 + random.below(3) : 0 }, () => {
    const from = random.below(length)
    return { from, to: from + 2 + random.below(25), busy: 0.25 * random.uniform(), slow: random.uniform() < 0.3 ? 1.3 : 1 }
  })
  return (step) => {
    const now = events.filter(({ from, to }) => step >= from && step < to)
    return { busy: now.reduce((sum, { busy }) => sum + busy, 0), slow: now.reduce((product, { slow }) => product * slow, 1) }
  }
}

const expected = new WeakMap<readonly Service[], Map<Service, number>>()
function expectedCalls(services: readonly Service[], of: Service): number {
  if (!expected.has(services)) {
    const calls = new Map(services.map((service, i) => [service, i === 0 ? 100 : 0]))
    for (const service of services) {
      for (const { callee, perCall } of service.calls) calls.set(callee, calls.get(callee)! + calls.get(service)! * perCall)
    }
    expected.set(services, calls)
  }
  return expected.get(services)!.get(of)!
}
