/**
 * Cholesky factors of small symmetric matrices, lower triangles in rows.
 * Written by hand, in place and without bounds checks: the sampler factors hundreds of matrices per ask. Not compared with a library yet.
 */

/** Replaces the lower triangle of `matrix` (n × n, by rows) by its factor; false if it is not positive definite. */
export function factorize(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let j = 0; j < i; j++) {
      const other = j * n
      matrix[row + j] = (matrix[row + j]! - dotProduct(matrix, row, matrix, other, j)) / matrix[other + j]!
    }
    const left = matrix[row + i]! - dotProduct(matrix, row, matrix, row, i)
    if (!(left > 0)) return false
    matrix[row + i] = Math.sqrt(left)
  }
  return true
}

/** Solves L x = b in place. */
export function solveLower(factor: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) b[i] = (b[i]! - dotProduct(factor, i * n, b, 0, i)) / factor[i * n + i]!
}

/** Solves Lᵀ x = b in place. */
export function solveUpper(factor: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const x = b[i]! / factor[i * n + i]!
    b[i] = x
    const row = i * n
    for (let k = 0; k < i; k++) b[k] = b[k]! - factor[row + k]! * x
  }
}

/** Four independent sums, so that the processor need not wait for one addition before it starts the next. */
export function dotProduct(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 3 < length; k += 4) {
    s0 += a[atA + k]! * b[atB + k]!
    s1 += a[atA + k + 1]! * b[atB + k + 1]!
    s2 += a[atA + k + 2]! * b[atB + k + 2]!
    s3 += a[atA + k + 3]! * b[atB + k + 3]!
  }
  for (; k < length; k++) s0 += a[atA + k]! * b[atB + k]!
  return s0 + s1 + (s2 + s3)
}
