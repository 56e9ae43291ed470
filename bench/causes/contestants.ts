import { type CauseInput, type RecordedChange, rankCauses } from '../../src/analysis/causes/index.ts'
import { computeRankCorrelation } from '../../src/analysis/statistics/rank-correlation.ts'
import { median, quantile } from '../../src/analysis/statistics/summaries.ts'
import { findChangePoint } from './bayesian-change-point.ts'

type Input = CauseInput & { symptom: { component: string; metric: string } }
type Series = Input['series'][number]

/** Each ranks the components, the likeliest cause first. */
export const contestants: { name: string; rank(input: Input, changes: readonly RecordedChange[]): string[] }[] = [
  { name: 'rankCauses', rank: (input) => rankCauses(input).map(({ component }) => component) },
  {
    name: 'rankCauses, changes recorded',
    rank: (input, changes) => rankCauses({ ...input, changes }).map(({ component }) => component),
  },
  { name: 'rankCauses, no graph', rank: (input) => rankCauses({ ...input, graph: undefined }).map(({ component }) => component) },
  { name: 'ranked correlation', rank: rankByCorrelation },
  { name: 'robust score since `since`', rank: (input) => rankByRobustScore(input, input.since) },
  { name: 'BARO', rank: (input) => rankByRobustScore(input, detectChange(input) ?? input.since) },
]

function rankBy(input: Input, score: (series: Series) => number): string[] {
  const scores = new Map<string, number>()
  for (const each of input.series) scores.set(each.component, Math.max(scores.get(each.component) ?? 0, score(each)))
  return [...scores].sort((a, b) => b[1] - a[1]).map(([component]) => component)
}

const isSymptom = ({ symptom }: Input, { component, metric }: Series) =>
  component === symptom.component && metric === symptom.metric

function rankByCorrelation(input: Input): string[] {
  const symptom = input.series.find((each) => isSymptom(input, each))!
  return rankBy(input, (each) => (each === symptom ? 0 : Math.abs(computeRankCorrelation(each.values, symptom.values))))
}

/** The largest distance from the median before, in interquartile ranges (RobustScorer of BARO). */
function rankByRobustScore(input: Input, at: number): string[] {
  return rankBy(input, ({ values }) => {
    const filled = fill(values)
    const before = filled.slice(0, at)
    const range = quantile(before, 0.75)! - quantile(before, 0.25)!
    return Math.max(...filled.slice(at).map((value) => Math.abs(value - median(before)))) / (range || 1)
  })
}

/** BARO looks for the change in the response times and errors of all components, scaled to 0–1. */
function detectChange(input: Input): number | undefined {
  const columns = input.series
    .filter(({ metric }) => /latency|error/i.test(metric))
    .map(({ values }) => fill(values))
    .filter((values) => Math.max(...values) > Math.min(...values))
    .map((values) => values.map((value) => (value - Math.min(...values)) / (Math.max(...values) - Math.min(...values))))
  const rows = columns[0]?.map((_, step) => columns.map((column) => column[step]!)) ?? []
  const found = rows.length > 0 ? findChangePoint(rows) : undefined
  // A change without a past to compare with is of no use.
  return found !== undefined && found >= 5 && found < rows.length - 1 ? found : undefined
}

/** The last known value before each gap; 0 before the first. */
function fill(values: Series['values']): number[] {
  let last = 0
  return values.map((value) => (last = value ?? last))
}
