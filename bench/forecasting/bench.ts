import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import Table from 'cli-table3'
import { forecastSeries } from '../../src/analysis/observing/forecasting/forecast-series.ts'
import { quantile } from '../../src/analysis/statistics/summaries.ts'
import { type Bench, medianTime } from '../timing.ts'
import { type ForecastCase, generateSeries, HORIZON, kinds } from './series.ts'

const SERIES = 180
const SHARES = [0.1, 0.5, 0.9]

/** For each case the 10%, 50% and 90% quantiles by hour. */
type Quantiles = number[][]

/**
 * The time of a forecast; with `forecasts` on the command line also pinball losses and coverage, as a table. `forecasts SERIES PYTHON`
 * adds AutoETS of statsforecast, if that Python has it.
 */
export const forecasts: Bench = {
  name: 'forecasts',
  async run(argv) {
    if (argv) printTable(Number(argv[0] ?? SERIES), argv[1])
    const { history, min } = generateSeries(1)
    const options = { steps: HORIZON, season: 24, min }
    return [{ what: 'a forecast of 24 hours', medianMs: medianTime(() => forecastSeries(history, options)), goalMs: 20 }]
  },
}

function printTable(series: number, python: string | undefined): void {
  const cases = Array.from({ length: series }, (_, seed) => generateSeries(seed))
  const own = cases.map(({ history, min, max }) => {
    const steps = forecastSeries(history, { steps: HORIZON, season: 24, min, max })
    return SHARES.map((share) => steps.map((step) => step.quantile(share)))
  })
  const naive = cases.map(({ history }) => repeatDay(history))
  const contestants: Record<string, Quantiles[]> = {
    forecastSeries: own,
    'seasonal-naive': naive,
    ...(python && askReference(python, cases)),
  }
  const table = new Table({ head: ['forecast', 'pinball', 'in 80%', ...kinds], style: { head: [], border: [] } })
  for (const [name, answers] of Object.entries(contestants)) {
    const losses = (kind?: string) =>
      meanOf(
        cases.flatMap((each, i) =>
          kind === undefined || each.kind === kind ? [relativeLoss(each, answers[i]!, naive[i]!)] : [],
        ),
      )
    const held = meanOf(cases.flatMap(({ future }, i) => future.map((value, step) => Number(isWithin(value, answers[i]!, step)))))
    const figures = [losses(), held, ...kinds.map((kind) => losses(kind))]
    table.push([name, ...figures.map((figure) => figure.toFixed(2))])
  }
  console.log('Pinball loss of the 10%, 50% and 90% quantiles over 24 hours; seasonal-naive is 1.')
  console.log(table.toString())
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const isWithin = (value: number, [low, , high]: Quantiles, step: number) => value >= low![step]! && value <= high![step]!
const relativeLoss = (each: ForecastCase, answer: Quantiles, naive: Quantiles) =>
  pinball(each.future, answer) / pinball(each.future, naive)

function pinball(future: readonly number[], answer: Quantiles): number {
  return meanOf(
    SHARES.flatMap((share, s) =>
      future.map((value, step) => Math.max(share * (value - answer[s]![step]!), (share - 1) * (value - answer[s]![step]!))),
    ),
  )
}

/** The day before, with the differences between successive days as its errors. */
function repeatDay(history: readonly number[]): Quantiles {
  const errors = history.slice(24).map((value, i) => value - history[i]!)
  const last = history.slice(-24)
  return SHARES.map((share) => last.map((value) => value + (share === 0.5 ? 0 : quantile(errors, share)!)))
}

function askReference(python: string, cases: readonly ForecastCase[]): Record<string, Quantiles[]> {
  const input = JSON.stringify({ steps: HORIZON, histories: cases.map(({ history }) => history) })
  const output = execFileSync(python, [join(import.meta.dirname, 'statsforecast_reference.py')], { input, maxBuffer: 2 ** 28 })
  const answers = JSON.parse(output.toString()) as Record<string, Quantiles[]>
  return Object.fromEntries(Object.entries(answers).map(([name, quantiles]) => [`${name} (statsforecast)`, quantiles]))
}
