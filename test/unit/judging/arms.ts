import type { Sample } from '../../../src/model/trial.ts'
import { type Random, random } from './random.ts'

/** How an instance's response times come about: lognormal and autocorrelated, or from a cache with two modes. */
export interface Behaviour {
  medianMs: number
  sigma: number
  /** Correlation of neighbouring requests. */
  rho: number
  /** Share of requests that take a tenth; none by default. */
  hits: number
  /** Share of requests that take five times as long. */
  outliers: number
  /** Relative load at a time. */
  load: (at: number) => number
}
export const usual: Behaviour = { medianMs: 800, sigma: 0.3, rho: 0.5, hits: 0, outliers: 0.02, load: () => 1 }

/** Requests at random, on average one in `everyMs`, from one time to another (ms). */
export function requests(
  seed: number,
  instance: string,
  from: number,
  to: number,
  behaviour: Partial<Behaviour>,
  everyMs = 1_000,
): Sample[] {
  const { medianMs, sigma, rho, hits, outliers, load } = { ...usual, ...behaviour }
  const { uniform, normal, exponential } = random(seed)
  const samples: Sample[] = []
  let z = normal()
  for (let at = from + exponential() * everyMs; at < to; at += exponential() * everyMs) {
    z = rho * z + Math.sqrt(1 - rho * rho) * normal()
    const typical = medianMs * load(at) * (uniform() < hits ? 0.1 : 1)
    samples.push({ at, instance, value: typical * Math.exp(sigma * z) * (uniform() < outliers ? 5 : 1) })
  }
  return samples
}

/** Successes (1) and failures (0) at random times. */
export function outcomes(seed: number, instance: string, from: number, to: number, success: number): Sample[] {
  const { uniform, exponential }: Random = random(seed)
  const samples: Sample[] = []
  for (let at = from + exponential() * 1_000; at < to; at += exponential() * 1_000)
    samples.push({ at, instance, value: Number(uniform() < success) })
  return samples
}
