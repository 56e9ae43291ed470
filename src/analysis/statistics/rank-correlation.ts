import { mean } from './summaries.ts'

/** Ranks from 1, ties sharing the mean of theirs. */
export function rank(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to + 1) / 2
    from = to
  }
  return ranks
}

/** The correlation of two samples of the same length (Pearson); 0 if either does not vary. */
export function correlate(a: readonly number[], b: readonly number[]): number {
  const [n, meanA, meanB] = [a.length, mean(a), mean(b)]
  let [both, ofA, ofB] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    both += (a[i]! - meanA) * (b[i]! - meanB)
    ofA += (a[i]! - meanA) ** 2
    ofB += (b[i]! - meanB) ** 2
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : 0
}

/** The rank correlation (Spearman 1904) over the places where both are known; 0 with fewer than four of them. */
export function computeRankCorrelation(a: readonly (number | null)[], b: readonly (number | null)[]): number {
  const known = a.flatMap((value, i) => (value !== null && b[i] !== null && b[i] !== undefined ? [i] : []))
  if (known.length < 4) return 0
  return correlate(rank(known.map((i) => a[i]!)), rank(known.map((i) => b[i]!)))
}
