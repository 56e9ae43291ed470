import type { StrategyType } from './strategy.ts'

/** Low and high end, ratios 0–1. */
export type RatioRange = readonly [number, number]

/** The share of optimizations that succeed, by type, as document 000 gives it under its typical performance. */
const typicalSuccess: Partial<Record<StrategyType, RatioRange>> = {
  agent_response_time: [0.85, 0.95],
  agent_success_rate: [0.7, 0.85],
  coordination_efficiency: [0.75, 0.9],
  coordination_enhancement: [0.75, 0.9],
  predictive_optimization: [0.8, 0.9],
}
/** Of all types together. */
export const typicalOverallSuccessRate: RatioRange = [0.8, 0.9]

/** The typical share of a type; null if the document gives none. */
export const findTypicalSuccessRange = (type: StrategyType): RatioRange | null => typicalSuccess[type] ?? null
