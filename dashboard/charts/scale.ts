/** From values to pixels, and the ticks between. */
export const scale = ([from, to]: [number, number], [start, end]: [number, number]) => {
  const width = to - from || 1
  return (value: number) => start + ((value - from) / width) * (end - start)
}

/** Round values within a range, at most about `count`. */
export function ticks([from, to]: [number, number], count: number): number[] {
  const rough = (to - from) / Math.max(1, count)
  if (!(rough > 0)) return [from]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.floor((to - first) / step + 1e-9) + 1 }, (_, index) =>
    Number((first + index * step).toPrecision(12)),
  )
}

const stepsMs = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
].map((seconds) => seconds * 1_000)

/** Round times within a range, by the reader's clock. */
export function timeTicks([from, to]: [number, number], count: number): number[] {
  const step = stepsMs.find((step) => step >= (to - from) / count) ?? 604_800_000
  const offset = new Date(from).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - offset) / step) * step + offset
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step)
}

/** The range of values with some padding. */
export function extent(values: readonly number[], air = 0.08): [number, number] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const pad = (high - low) * air || Math.abs(high) * air || 1
  return [low - pad, high + pad]
}

export const path = (points: readonly (readonly [number, number])[]) =>
  points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
