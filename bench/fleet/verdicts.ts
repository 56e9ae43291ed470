/** Whether the verdicts of trials hold when the settings are measured again, for longer. */
import type { Done } from '../../examples/fleet/runtime/unit-of-work.ts'
import type { World } from '../../examples/fleet/world.ts'
import { mean, variance } from '../../src/analysis/statistics/summaries.ts'
import type { OptimizationResult } from '../../src/model/result.ts'
import { measureInTurn, type Settings } from './measure-in-turn.ts'
import { logGain } from './offline-search.ts'

/** An improvement in percent of a quantity or in points of a share, with its standard error. */
export interface Effect {
  improvement: number
  standardError: number
}

export interface CheckedVerdict {
  agentId: string
  type: string
  metric: string
  verdict: OptimizationResult['verdict']
  measured: number | null
  /** Null if the metric cannot be measured from outside, such as agreement in negotiations. */
  again: Effect | null
  /** The same for the success rate, which no change may cost. */
  successAgain: Effect | null
  /** By how much the time per success became shorter, measured again; as a logarithm. */
  logGain: number
  at: string
}

/** Metrics that the answers of agents show. Times are those of successes, as trials judge them. */
const readers: Record<string, { isShare: boolean; read: (done: Done) => number | undefined }> = {
  responseTime: { isShare: false, read: ({ success, durationMs }) => (success ? durationMs : undefined) },
  successRate: { isShare: true, read: ({ success }) => Number(success) },
  costUsd: { isShare: false, read: ({ metrics }) => metrics?.costUsd },
  qualityScore: { isShare: true, read: ({ metrics }) => metrics?.qualityScore },
}

/** How much better a metric is after a change: of means, in percent of a quantity and in points of a share; null without enough values. */
export function computeEffect(metric: string, before: readonly Done[], after: readonly Done[]): Effect | null {
  const reader = readers[metric]
  if (!reader) return null
  const [a, b] = [before, after].map((units) => units.map(reader.read).filter((value) => value !== undefined))
  if (Math.min(a!.length, b!.length) < 20) return null
  const [from, to] = [mean(a!), mean(b!)]
  const error = (values: readonly number[]) => variance(values) / values.length
  if (reader.isShare) return { improvement: 100 * (to - from), standardError: 100 * Math.sqrt(error(a!) + error(b!)) }
  const ratio = to / from
  return {
    improvement: 100 * (1 - ratio),
    standardError: 100 * ratio * Math.sqrt(error(a!) / from ** 2 + error(b!) / to ** 2),
  }
}

/** The settings that each trial compared. */
interface Step {
  result: OptimizationResult
  before: Settings[string]
  after: Settings[string]
}

/** Measures again every change that the judge kept or rolled back; one of each agent at a time, all agents together. */
export async function checkVerdicts(
  world: World,
  results: readonly OptimizationResult[],
  { start, seconds, seed }: { start: Settings; seconds: number; seed: number },
): Promise<CheckedVerdict[]> {
  const judged = results.filter(({ judged, verdict }) => judged && verdict !== 'undecided')
  const steps = [...Map.groupBy(judged, ({ strategy }) => strategy.agentId).values()].map((own) => toSteps(own, start))
  const rounds = Math.max(0, ...steps.map((own) => own.length))
  const checked: CheckedVerdict[] = []
  for (let round = 0; round < rounds; round++) {
    const present = steps.flatMap((own) => own[round] ?? [])
    const settingsOf = (side: 'before' | 'after') =>
      ({ ...start, ...Object.fromEntries(present.map((step) => [step.result.strategy.agentId, step[side]])) }) satisfies Settings
    const fleets = [settingsOf('before'), settingsOf('after')]
    const [before, after] = await measureInTurn(world, fleets, { seconds, seed: seed + round })
    for (const { result } of present) {
      const { agentId, type, targetMetric: metric } = result.strategy
      const [from, to] = [before!.get(agentId)!, after!.get(agentId)!]
      checked.push({
        agentId,
        type,
        metric,
        verdict: result.verdict,
        measured: result.actualImprovement,
        again: computeEffect(metric, from, to),
        successAgain: computeEffect('successRate', from, to),
        logGain: logGain(from, to).gain,
        at: result.timestamp,
      })
    }
  }
  return checked
}

/** The trials of an agent in the order of time, with the settings that were in force. */
function toSteps(results: readonly OptimizationResult[], start: Settings): Step[] {
  let before = start[results[0]!.strategy.agentId]!
  return results
    .toSorted((a, b) => a.timestamp.localeCompare(b.timestamp))
    .map((result) => {
      const changed = Object.fromEntries(result.strategy.actions.map(({ knob, to }) => [knob, to]))
      const step = { result, before, after: { ...before, ...changed } }
      if (result.success && !result.undone) before = step.after
      return step
    })
}

/** Beyond two standard errors, chance is ruled out. */
const CLEARLY = 2
const isClearlyBetter = (effect: Effect | null) => effect !== null && effect.improvement > CLEARLY * effect.standardError
const isClearlyWorse = (effect: Effect | null) => effect !== null && effect.improvement < -CLEARLY * effect.standardError

/** A kept change holds if it clearly helps when it is measured again, and clearly costs no success. */
export const doesHold = ({ again, successAgain }: CheckedVerdict): boolean =>
  isClearlyBetter(again) && !isClearlyWorse(successAgain)

/** A kept change was wrong if it clearly harms its metric or success. */
export const wasHarmful = ({ again, successAgain }: CheckedVerdict): boolean =>
  isClearlyWorse(again) || isClearlyWorse(successAgain)

/** A change was rolled back wrongly if it clearly helps, and clearly costs no success. */
export const wasHelpful = doesHold
