import type { RandomSource } from '../../src/analysis/statistics/random.ts'
import { type Disturbance, type Fault, type FaultKind, type Service, undisturbed } from './service.ts'

/** A fault of random size and shape that begins at a step. */
export function injectFault(kind: FaultKind, service: Service, begin: number, random: RandomSource): Fault {
  const full = drawFull(kind, service, random)
  const ramp = random.uniform() < (kind === 'memory' ? 0.8 : 0.25) ? 3 + random.below(12) : 1
  const unsteady = random.uniform() < 0.5 ? 0.4 * random.uniform() : 0
  let swing = 0
  const swings = Array.from({ length: 1000 }, () => {
    swing = 0.7 * swing + unsteady * random.normal()
    return Math.min(1.5, Math.exp(swing))
  })
  const pauses = random.uniform() < 0.15
  return {
    service,
    at(step) {
      if (step < begin || (pauses && (step - begin) % 7 > 4)) return undisturbed
      return blend(full, Math.min(1, (step - begin + 1) / ramp) * swings[step - begin]!)
    },
  }
}

function drawFull(kind: FaultKind, service: Service, random: RandomSource): Partial<Disturbance> {
  const size = random.uniform()
  const delaySeen = random.uniform() < 0.6 ? 1 : 0
  switch (kind) {
    case 'cpu':
      return { utilization: Math.min(0.65, 0.3 + 0.5 * size), slowness: 1.2 + size }
    case 'memory':
      return { memoryFactor: 1.5 + 3 * size, utilization: 0.1 * size, slowness: 1.5 + 3 * random.uniform() }
    case 'disk':
      return { diskFactor: 2 + 10 * size, slowness: 2 + 5 * random.uniform() }
    case 'delay':
      return { delaySeen, delayMs: 20 * Math.exp(3 * size) }
    case 'loss':
      return { delaySeen, delayMs: 5 * Math.exp(3 * size), errorRate: 0.02 + 0.2 * random.uniform() }
    case 'config':
      return [
        { slowness: 2 + 5 * size, utilization: -0.4 * service.utilization },
        { errorRate: 0.05 + 0.4 * size },
        { slowness: 1.5 + 2 * size, callFactor: 1.5 + 3 * size },
      ][random.below(3)]!
  }
}

function blend(full: Partial<Disturbance>, share: number): Disturbance {
  const at = (name: Exclude<keyof Disturbance, 'delaySeen'>) =>
    undisturbed[name] + share * ((full[name] ?? undisturbed[name]) - undisturbed[name])
  return {
    utilization: at('utilization'),
    slowness: at('slowness'),
    delayMs: at('delayMs'),
    delaySeen: full.delaySeen ?? 0,
    errorRate: at('errorRate'),
    memoryFactor: at('memoryFactor'),
    diskFactor: at('diskFactor'),
    callFactor: at('callFactor'),
  }
}
