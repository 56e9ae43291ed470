import type { PromisedImprovement } from '../../../model/result.ts'
import type { Strategy } from '../../../model/strategy.ts'

/** A strategy's promise compared with what its trial measured; null where nothing was promised. */
export function evaluatePromise(strategy: Strategy, measured: number | null): PromisedImprovement | null {
  const { expectedImprovement: improvement, expectedInterval: interval } = strategy
  if (!interval) return null
  return { improvement, interval, held: measured === null ? null : measured >= interval[0] && measured <= interval[1] }
}
