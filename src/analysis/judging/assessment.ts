import type { JudgedSamples } from './arrangement.ts'
import type { EffectEstimate } from './effect.ts'

/** What samples since the change say; larger effects are worse. */
export interface Assessment {
  /** Effect on the typical value, on an inner scale. */
  cost: EffectEstimate
  /** Effect on the far tail, on another. */
  tail: EffectEstimate | null
  /** By how much the metric worsens: relative, or a difference of shares. */
  worsening: number
  /** Limits of `worsening` at a one-sided error level. */
  interval(level: number): [low: number, high: number]
}

/** Has learnt from a history how samples since the change are to be read. */
export interface Assessor {
  assess(since: JudgedSamples): Assessment
  /** Share of the information of `all` samples that the first `n` bring. */
  information(n: number, all: number): number
}

/** `information` of designs in which every sample brings as much as any other. */
export const uniformInformation = (n: number, all: number) => n / all
