/** Ratios, 0 to 1. */

/** `part / whole`, null of nothing. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** Collects numbers from 0 to 1 out of JSON that others wrote, and counts what is there but is none. */
export class RatioCollector {
  readonly values: number[] = []
  ignored = 0

  add(value: unknown): void {
    if (value === null || value === undefined) return
    if (typeof value === 'number' && value >= 0 && value <= 1) this.values.push(value)
    else this.ignored++
  }
}
