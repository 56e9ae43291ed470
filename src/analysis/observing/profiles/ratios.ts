/** Ratios, 0 to 1. */

/** `part / whole`; null if the whole is 0. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** Collects numbers within limits from JSON that others wrote, and counts the values that are present but are not such numbers. */
export class NumberCollector {
  readonly values: number[] = []
  ignored = 0
  private readonly min: number
  private readonly max: number

  constructor(min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
    this.min = min
    this.max = max
  }

  add(value: unknown): void {
    if (value === null || value === undefined) return
    if (typeof value === 'number' && value >= this.min && value <= this.max) this.values.push(value)
    else this.ignored++
  }
}

/** Collects ratios. */
export class RatioCollector extends NumberCollector {
  constructor() {
    super(0, 1)
  }
}
