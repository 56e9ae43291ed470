/** How often the price rose after patterns like the current one, −1 (never) to 1 (always). */
export function patterns(closes: readonly number[], length: number, stride: number): number {
  const present = normalized(closes.slice(-length))
  const matches: { distance: number; rose: boolean }[] = []
  for (let start = 0; start + 2 * length < closes.length; start += stride) {
    const past = normalized(closes.slice(start, start + length))
    const distance = past.reduce((sum, value, index) => sum + (value - present[index]!) ** 2, 0)
    matches.push({ distance, rose: closes[start + length + Math.floor(length / 2)]! > closes[start + length - 1]! })
  }
  const nearest = matches.sort((a, b) => a.distance - b.distance).slice(0, 5)
  return nearest.reduce((sum, { rose }) => sum + (rose ? 1 : -1), 0) / Math.max(1, nearest.length)
}

function normalized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1
  return values.map((value) => (value - mean) / deviation)
}
