import { isSameValue, type KnobValues } from '../../../model/knob.ts'
import type { ChangeStanding, OptimizationResult, StandingResult } from '../../../model/result.ts'

export interface KeptResult {
  result: OptimizationResult
  /** Whether the trial was rolled back after it was kept. */
  isRestored: boolean
}

/**
 * The present standing of the kept changes of one agent, by strategy id. The current configuration is unwound change by change: one stands if
 * its values are in force, or if they are what a later change that stands started from. Nothing stands on an agent that was forgotten.
 * @param newestFirst all kept changes of the agent, or the newest of them
 */
export function determineStandings(
  newestFirst: readonly KeptResult[],
  current: KnobValues,
  isForgotten = false,
): Map<string, ChangeStanding> {
  const values = { ...current }
  return new Map(
    newestFirst.map(({ result: { strategy }, isRestored }): [string, ChangeStanding] => {
      const { id, actions } = strategy
      if (isRestored) return [id, 'restored']
      if (!actions.every(({ knob, to }) => isSameValue(values[knob], to))) return [id, 'overridden']
      for (const { knob, from } of actions) values[knob] = from
      if (isForgotten) return [id, 'forgotten']
      return [id, actions.every(({ knob, to }) => isSameValue(current[knob], to)) ? 'in-force' : 'superseded']
    }),
  )
}

/** Adds to each result the present standing of its change; one that was never kept was undone when its trial ended. */
export function addStandings(
  results: readonly OptimizationResult[],
  standings: ReadonlyMap<string, ChangeStanding>,
): StandingResult[] {
  return results.map((result) => ({ ...result, standing: standings.get(result.strategy.id) ?? 'restored' }))
}

/** Whether the effect of a change still counts: it is in force, or a later change builds on it. */
export const isStanding = (standing: ChangeStanding): boolean => standing === 'in-force' || standing === 'superseded'
