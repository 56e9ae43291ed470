import type { StateReading } from '../../../model/readings.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'

/** C3. */
export const defaultReputation = 0.7
export const defaultAutonomy = 0.85

/**
 * What is known of the state of one agent: of each part the newest word (C3). In reputation and autonomy the orchestrator's
 * word comes first. Overall progress is as reported, else the mean of its parts.
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
