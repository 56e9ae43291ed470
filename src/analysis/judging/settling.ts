/** When the candidate has settled: its first executions after a change may be slower (cold caches), or faster, than the later ones. */
import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { clamp, mean, median } from '../statistics/summaries.ts'
import { getStratum } from './mix.ts'

/** Samples that have to follow a beginning that is left out. */
const MIN_REST = 5
/** The shortest beginning that is left out. */
const MIN_BEGINNING = 5
/** The beginning differs from the rest at this many standard errors; the largest over all lengths counts. */
const DIFFERENT = 4
/** Of the beginnings that are tried. */
const MAX_POSITIONS = 60
/** Logs are clipped at this many robust standard deviations, and at no less than this. */
const CLIP = 4
const MIN_CLIP = 0.6
/** Equal values are not proof that the next one is equal. */
const MIN_SQUARES = 0.02
const MAX_CORRELATION = 0.8

/**
 * The moment from which the candidate's values are stationary, compared with those of the control at the same times: the first samples are
 * left out if they clearly differ from the rest (a test for one change point, with the maximum over its positions; Csörgő & Horváth
 * 1997). Negative infinity if they do not.
 * @param samples in chronological order
 */
export function findSettlingTime({ control, candidate }: ArmSamples, kind: 'continuous' | 'proportion'): number {
  const n = candidate.length
  const describe = kind === 'proportion' ? describeEvents(control, candidate) : describeQuantities(control, candidate)
  const step = Math.max(1, Math.floor(n / MAX_POSITIONS))
  let best = { z: DIFFERENT, from: Number.NEGATIVE_INFINITY }
  let inControl = 0
  for (let cut = MIN_BEGINNING; cut <= n - MIN_REST; cut += step) {
    const from = candidate[cut]!.at
    while (inControl < control.length && control[inControl]!.at < from) inControl++
    const change = describe.candidate(cut)
    const isCompared = Math.min(inControl, control.length - inControl) >= MIN_REST
    const drift = isCompared ? shrink(describe.control(inControl)) : { value: 0, noise: 0 }
    const z = Math.abs(change.value - drift.value) / Math.sqrt(change.noise + drift.noise)
    if (z > best.z) best = { z, from }
  }
  return best.from
}

/** A change of the control, as far as it is more than noise (James & Stein 1961). */
function shrink({ value, noise }: ReturnType<DescribeChange>): ReturnType<DescribeChange> {
  const share = Math.max(0, 1 - noise / value ** 2)
  return { value: share * value, noise: share * noise }
}

/** How much more the values from a position on are than those before, with the variance of its noise. */
type DescribeChange = (cut: number) => { value: number; noise: number }

/** Shares of events, on the arcsine scale. */
function describeEvents(...[control, candidate]: [readonly Sample[], readonly Sample[]]): Record<Arm, DescribeChange> {
  const changes = (samples: readonly Sample[]): DescribeChange => {
    const sums = accumulate(samples.map(({ value }) => value))
    const level = (events: number, count: number) => Math.asin(Math.sqrt((events + 0.375) / (count + 0.75)))
    return (cut) => {
      const late = samples.length - cut
      const value = level(sums.at(-1)! - sums[cut]!, late) - level(sums[cut]!, cut)
      return { value, noise: 1 / (4 * cut + 2) + 1 / (4 * late + 2) }
    }
  }
  return { control: changes(control), candidate: changes(candidate) }
}

/** Means of logs without outliers, relative to the usual values of their strata. */
function describeQuantities(...[control, candidate]: [readonly Sample[], readonly Sample[]]): Record<Arm, DescribeChange> {
  const all = [...control, ...candidate]
  const levels = new Map([...Map.groupBy(all, getStratum)].map(([stratum, of]) => [stratum, mean(of.map(log))]))
  const residuals = all.map((sample) => log(sample) - levels.get(getStratum(sample))!)
  const centre = median(residuals)
  const reach = Math.max(CLIP * 1.4826 * median(residuals.map((value) => Math.abs(value - centre))), MIN_CLIP)
  const changes = (own: readonly number[]): DescribeChange => {
    const values = own.map((residual) => clamp(residual - centre, -reach, reach))
    const n = values.length
    const sums = accumulate(values)
    const squares = dot(values, values)
    const products = dot(values.slice(1), values)
    return (cut) => {
      const [early, late] = [sums[cut]! / cut, (sums[n]! - sums[cut]!) / (n - cut)]
      const explained = cut * early ** 2 + (n - cut) * late ** 2
      const rest = Math.max(squares - explained, MIN_SQUARES)
      const correlation = clamp((products - explained) / rest, 0, MAX_CORRELATION)
      const noise = ((rest / (n - 2)) * (1 + correlation)) / (1 - correlation)
      return { value: late - early, noise: noise * (1 / cut + 1 / (n - cut)) }
    }
  }
  return { control: changes(residuals.slice(0, control.length)), candidate: changes(residuals.slice(control.length)) }
}

const log = ({ value }: Sample) => Math.log(value)

/** Sums of the first 0, 1, 2 … values. */
function accumulate(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1)
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!
  return sums
}

/** Σ aᵢ·bᵢ over all of `a`. */
function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
