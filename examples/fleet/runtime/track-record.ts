import type { Outcome } from './agent-kind.ts'

const kept = 50
const targets = { successRate: 0.7, responseTimeMs: 2_000, confidence: 0.7 }

/** The newest units of work, and the agent's goal progress and averages derived from them. */
export class TrackRecord {
  readonly #newest: { success: boolean; confidence: number; durationMs: number }[] = []
  #cycles = 0
  #lastAt: number | undefined

  add({ success, confidence }: Pick<Outcome, 'success' | 'confidence'>, durationMs: number): void {
    this.#newest.push({ success, confidence, durationMs })
    if (this.#newest.length > kept) this.#newest.shift()
    this.#cycles++
    this.#lastAt = Date.now()
  }

  get cycleCount(): number {
    return this.#cycles
  }

  get lastExecutionAt(): number | undefined {
    return this.#lastAt
  }

  get successRate(): number {
    return this.#mean(({ success }) => Number(success))
  }

  get confidence(): number {
    return this.#mean(({ confidence }) => confidence)
  }

  get responseTimeMs(): number {
    return this.#mean(({ durationMs }) => durationMs)
  }

  /** How far each goal is reached, 0–1. */
  get goalProgress(): { primary: number; secondary: number; tactical: number; overall: number } {
    const primary = Math.min(1, this.successRate / targets.successRate)
    const secondary = Math.min(1, targets.responseTimeMs / Math.max(1, this.responseTimeMs))
    const tactical = Math.min(1, this.confidence / targets.confidence)
    return { primary, secondary, tactical, overall: (primary + secondary + tactical) / 3 }
  }

  #mean(value: (unit: { success: boolean; confidence: number; durationMs: number }) => number): number {
    return this.#newest.reduce((sum, unit) => sum + value(unit), 0) / Math.max(1, this.#newest.length)
  }
}
