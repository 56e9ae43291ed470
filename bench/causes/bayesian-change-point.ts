/**
 * Bayesian online change point detection with multivariate normal values of unknown mean and covariance (Adams & MacKay 2007), as BARO
 * uses it (Pham, Ha & Zhang 2024): the step at which the likeliest run began after the longest one broke off.
 * @param rows values between 0 and 1, by step
 */
export function findChangePoint(rows: readonly (readonly number[])[], hazard = 1 / 50): number | undefined {
  const dimensions = rows[0]!.length
  let runs: Run[] = [begin(dimensions, 0)]
  let previous = 0
  const changes: number[] = []
  rows.forEach((row, step) => {
    const predicted = runs.map((run) => run.logWeight + logDensity(run, row))
    const largest = Math.max(...predicted)
    const total = predicted.reduce((sum, each) => sum + Math.exp(each - largest), 0)
    const grown = runs.map((run, i) => update(run, row, predicted[i]! - largest - Math.log(total) + Math.log(1 - hazard)))
    // Runs that became this unlikely never come back.
    runs = [begin(dimensions, Math.log(hazard), step + 1), ...grown.filter(({ logWeight }) => logWeight > -30)]
    const likeliest = runs.reduce((best, run) => (run.logWeight > best.logWeight ? run : best)).from
    if (likeliest > previous + 1) changes.push(likeliest)
    previous = Math.max(previous, likeliest)
  })
  return changes[0]
}

/** A run of steps without a change: the posterior of its mean and covariance, and the inverse of its scale matrix. */
interface Run {
  from: number
  logWeight: number
  degrees: number
  count: number
  mean: Float64Array
  inverse: Float64Array[]
  logDeterminant: number
}

function begin(dimensions: number, logWeight: number, from = 0): Run {
  const inverse = Array.from({ length: dimensions }, (_, i) =>
    Float64Array.from({ length: dimensions }, (_, j) => (i === j ? 1 : 0)),
  )
  return { from, logWeight, degrees: dimensions + 1, count: 1, mean: new Float64Array(dimensions), inverse, logDeterminant: 0 }
}

/** The logarithm of the predictive density, a multivariate t distribution. */
function logDensity(run: Run, row: readonly number[]): number {
  const p = run.mean.length
  const degrees = run.degrees - p + 1
  const scale = (run.count + 1) / (run.count * degrees)
  const centred = row.map((value, i) => value - run.mean[i]!)
  const distance = multiply(run.inverse, centred).reduce((sum, each, i) => sum + each * centred[i]!, 0) / scale
  return (
    logGamma((degrees + p) / 2) -
    logGamma(degrees / 2) -
    (p / 2) * Math.log(degrees * Math.PI * scale) -
    run.logDeterminant / 2 -
    ((degrees + p) / 2) * Math.log1p(distance / degrees)
  )
}

/** One more value (Murphy 2007); the inverse by Sherman & Morrison (1950). */
function update(run: Run, row: readonly number[], logWeight: number): Run {
  const centred = row.map((value, i) => value - run.mean[i]!)
  const share = run.count / (run.count + 1)
  const turned = multiply(run.inverse, centred)
  const grown = 1 + share * turned.reduce((sum, each, i) => sum + each * centred[i]!, 0)
  return {
    from: run.from,
    logWeight,
    degrees: run.degrees + 1,
    count: run.count + 1,
    mean: run.mean.map((value, i) => value + centred[i]! / (run.count + 1)),
    inverse: run.inverse.map((column, i) => column.map((value, j) => value - (share * turned[i]! * turned[j]!) / grown)),
    logDeterminant: run.logDeterminant + Math.log(grown),
  }
}

const multiply = (matrix: readonly Float64Array[], vector: readonly number[]) =>
  matrix.map((column) => column.reduce((sum, value, j) => sum + value * vector[j]!, 0))

/** Stirling's series after shifting the argument above 8. */
function logGamma(x: number): number {
  let shifted = 0
  while (x < 8) shifted -= Math.log(x++)
  return shifted + (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + 1 / (12 * x) - 1 / (360 * x ** 3)
}
