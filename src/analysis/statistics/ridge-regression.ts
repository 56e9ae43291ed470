/** Coefficients of the linear combination of columns that comes nearest to the values, all of them drawn to 0 by `ridge`. */
export function fitRidgeRegression(rows: readonly (readonly number[])[], values: readonly number[], ridge: number): number[] {
  const size = rows[0]?.length ?? 0
  const system = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0) + (i === j ? ridge : 0)),
    rows.reduce((sum, row, k) => sum + row[i]! * values[k]!, 0),
  ])
  return solveLinearSystem(system)
}

/** Gauss–Jordan elimination; a ridge above 0 makes every pivot positive. */
function solveLinearSystem(system: number[][]): number[] {
  for (const [i, pivot] of system.entries()) {
    const scale = pivot[i]!
    for (let j = i; j < pivot.length; j++) pivot[j]! /= scale
    for (const row of system) {
      if (row === pivot) continue
      const factor = row[i]!
      for (let j = i; j < row.length; j++) row[j]! -= factor * pivot[j]!
    }
  }
  return system.map((row) => row.at(-1)!)
}
