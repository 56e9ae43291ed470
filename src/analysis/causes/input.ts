import { OptimizerError } from '../../model/errors.ts'

/** One metric of a component, at equal steps; null, NaN or an infinity where nothing was measured. */
export interface ComponentSeries {
  /** An agent, host or dependency. */
  component: string
  metric: string
  values: readonly (number | null)[]
  /** 1 if more is worse, −1 if less is; by default, what the metric's name suggests. */
  worse?: 1 | -1
}

/** Something recorded about a component that may have caused a degradation. */
export interface RecordedChange {
  component: string
  /** The index at which it happened, also between two values, or before the first. */
  at: number
  /** For people: "configuration version 12", "new hotspot parse (src/a.ts:7), 34% of the CPU time". */
  description: string
}

export interface CauseInput {
  /** All of the same length; at most one for each metric of a component. */
  series: readonly ComponentSeries[]
  /** Who sends messages to whom. */
  graph?: readonly (readonly [caller: string, callee: string])[]
  /** The index at which the degradation began, or was noticed; a few steps early or late do not matter. */
  since: number
  /** Where the degradation shows; by default the response time, error rate or success rate that changed most. */
  symptom?: { component: string; metric: string }
  /** Configuration versions, deployments, restarts and new hotspots. One shortly before `since` makes its component more probable. */
  changes?: readonly RecordedChange[]
}

/** The fewest values that the symptom needs before and since the degradation began. */
const fewest = { before: 4, since: 1 }

/** @throws OptimizerError `invalid-series`, `invalid-since` or `unknown-symptom` */
export function assertValidSeries({ series, since, symptom }: CauseInput): void {
  const length = series[0]?.values.length ?? 0
  if (length < fewest.before + fewest.since) {
    throw new OptimizerError(
      'invalid-series',
      `Ranking causes needs series of at least ${fewest.before + fewest.since} values; pass more.`,
    )
  }
  const seen = new Set<string>()
  for (const { component, metric, values } of series) {
    if (values.length !== length) {
      const lengths = `${metric} of ${component} has ${values.length} values, but others have ${length}`
      throw new OptimizerError('invalid-series', `${lengths}; pass null where nothing was measured.`)
    }
    const key = JSON.stringify([component, metric])
    if (seen.has(key)) throw new OptimizerError('invalid-series', `${metric} of ${component} appears twice; pass it only once.`)
    seen.add(key)
  }
  if (!Number.isInteger(since) || since < fewest.before || since > length - fewest.since) {
    const range = `${fewest.before} to ${length - fewest.since}`
    throw new OptimizerError('invalid-since', `since is ${since}; pass the index at which the degradation began, ${range}.`)
  }
  if (symptom && !seen.has(JSON.stringify([symptom.component, symptom.metric]))) {
    const name = `${symptom.metric} of ${symptom.component}`
    throw new OptimizerError('unknown-symptom', `There is no series ${name}; pass one of the series as the symptom.`)
  }
}

/** @throws OptimizerError `invalid-series` if too little of the symptom was measured */
export function assertValidSymptom({ component, metric, values }: ComponentSeries, since: number): void {
  const count = (part: readonly (number | null)[]) => part.filter((value) => value !== null && Number.isFinite(value)).length
  if (count(values.slice(0, since)) >= fewest.before && count(values.slice(since)) >= fewest.since) return
  const needed = `${fewest.before} values before the degradation began and ${fewest.since} since`
  throw new OptimizerError('invalid-series', `The symptom, ${metric} of ${component}, needs ${needed}; pass a longer series.`)
}
