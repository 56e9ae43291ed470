/** A simulated agent on a language model that works rarely, by default forty times a day on each instance, mostly by day. */
import { mulberry32 } from '../../src/analysis/statistics/random.ts'

export interface Behaviour {
  /** Mean cost of an answer, USD. */
  costUsd: number
  /** Mean score of an answer, 0–1. */
  quality: number
  medianMs: number
  success: number
  /** Answers a day of each instance. */
  perDay: number
}

export const usual: Behaviour = { costUsd: 0.0052, quality: 0.9, medianMs: 1_400, success: 0.97, perDay: 40 }

export interface SimulatedExecution {
  at: number
  instance: string
  durationMs: number
  success: boolean
  metrics: { costUsd: number; qualityScore: number }
}

const hourMs = 3_600_000
/** Share of an even rate in each hour of the day: busy from 8 to 20 o'clock, nearly quiet at night. */
const byDay = (at: number) => {
  const hour = Math.floor(at / hourMs) % 24
  return hour >= 8 && hour < 20 ? 1.85 : 0.15
}

/** The executions of some instances in [from, to), oldest first. Instances differ, and long prompts make costs skewed. */
export function work(
  seed: number,
  instances: readonly string[],
  from: number,
  to: number,
  behaviour: Behaviour,
): SimulatedExecution[] {
  const { uniform, normal } = mulberry32(seed)
  const exponential = () => -Math.log(1 - uniform())
  const meanMs = (24 * hourMs) / behaviour.perDay
  const executions = instances.flatMap((instance) => {
    const own = 1 + 0.06 * ((instance.charCodeAt(0) % 3) - 1)
    const done: SimulatedExecution[] = []
    for (let at = from + (exponential() * meanMs) / 1.85; at < to; at += (exponential() * meanMs) / 1.85) {
      if (uniform() > byDay(at) / 1.85) continue
      done.push({
        at,
        instance,
        durationMs: behaviour.medianMs * own * Math.exp(0.3 * normal()),
        success: uniform() < behaviour.success,
        metrics: {
          costUsd: behaviour.costUsd * own * Math.exp(0.5 * normal() - 0.125),
          qualityScore: Math.min(1, Math.max(0, behaviour.quality + 0.12 * normal())),
        },
      })
    }
    return done
  })
  return executions.sort((a, b) => a.at - b.at)
}
