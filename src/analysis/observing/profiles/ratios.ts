/** Ratios, 0 to 1. */

/** `part / whole`; null if the whole is 0. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** Collects numbers from 0 to 1 from JSON that others wrote, and counts the values that are present but are not such numbers. */
export class RatioCollector {
  readonly values: number[] = []
  ignored = 0

  add(value: unknown): void {
    if (value === null || value === undefined) return
    if (typeof value === 'number' && value >= 0 && value <= 1) this.values.push(value)
    else this.ignored++
  }
}
