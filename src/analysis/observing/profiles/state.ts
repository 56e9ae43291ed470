import type { StateReading } from '../../../model/readings.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'

/** Defaults of C3. */
export const defaultReputation = 0.7
export const defaultAutonomy = 0.85

/**
 * The state of one agent: the newest value of each part (C3). For reputation and autonomy the orchestrator's values take precedence.
 * Overall progress is as reported, otherwise the mean of its parts.
 * @param states newest first
 */
export function computeStateMetrics(states: readonly StateReading[]) {
  const newest = <Part extends keyof StateReading>(part: Part, among = states) =>
    among.find((state) => state[part] !== null)?.[part] ?? null
  const given = states.filter(({ by }) => by === 'orchestrator')
  return {
    reputation: newest('reputation', given) ?? newest('reputation'),
    autonomy: newest('autonomy', given) ?? newest('autonomy'),
    goalProgress:
      newest('goalOverall') ?? meanIgnoringNulls([newest('goalPrimary'), newest('goalSecondary'), newest('goalTactical')]),
    isRunning: newest('isRunning'),
    lastExecutionAt: newest('lastExecutionAt'),
    cycleCount: newest('cycleCount'),
  }
}
