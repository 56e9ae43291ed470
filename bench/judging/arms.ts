import normalQuantile from '@stdlib/stats-base-dists-normal-quantile'
import type { Sample } from '../../src/model/trial.ts'
import type { Random } from '../../test/unit/judging/random.ts'

/** How an instance's values are generated; by default response times around 800 ms, autocorrelated, with a few outliers. */
export interface Conduct {
  /** Relative to the usual time. */
  slower?: number
  /** Share of requests that take five times as long. */
  outliers?: number
  /** Share of successes; values are then 1 or 0. */
  success?: number
}

const SIGMA = 0.3
/** Correlation of neighbouring requests of an instance. */
const RHO = 0.5
const OUTLIERS = 0.02
const TIMES_LONGER = 5

/** One instance's requests at given times (in mean spacings of the candidate's), before and after its conduct changes at 0. */
export function requestsAt(
  times: readonly number[],
  instance: string,
  { normal, uniform }: Random,
  load: (at: number) => number,
  before: Conduct,
  after: (at: number) => Conduct,
): Sample[] {
  let z = normal()
  return times.map((at) => {
    z = RHO * z + Math.sqrt(1 - RHO * RHO) * normal()
    const { slower = 1, outliers = OUTLIERS, success } = at < 0 ? before : after(at)
    if (success !== undefined) return { at, instance, value: Number(z < normalQuantile(success, 0, 1)) }
    const far = uniform() < outliers ? TIMES_LONGER : 1
    return { at, instance, value: 800 * slower * far * Math.exp(SIGMA * z + load(at)) }
  })
}

/** Load common to all instances, on the log scale: a slow autoregression and a wave. */
export function sharedLoad({ normal, uniform }: Random, from: number, to: number): (at: number) => number {
  const phase = uniform()
  let z = normal()
  const path = Array.from({ length: Math.ceil(to - from) + 1 }, (_, i) => {
    z = 0.98 * z + Math.sqrt(1 - 0.98 ** 2) * normal()
    return 0.1 * z + 0.15 * Math.sin(2 * Math.PI * (i / 600 + phase))
  })
  return (at) => path[Math.floor(at - from)] ?? path.at(-1)!
}

export const inStep = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** Arrivals of a Poisson process. */
export function atRandom({ exponential }: Random, from: number, to: number, rate: number): number[] {
  const times: number[] = []
  for (let at = from + exponential() / rate; at < to; at += exponential() / rate) times.push(at)
  return times
}
