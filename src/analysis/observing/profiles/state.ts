import type { StateReading } from '../../../model/readings.ts'
import { meanIgnoringNulls } from '../../statistics/summaries.ts'

/** Defaults of C3. */
export const defaultReputation = 0.7
export const defaultAutonomy = 0.85

const goals = ['goalPrimary', 'goalSecondary', 'goalTactical'] as const

/**
 * The state of one agent: the newest value of each part (C3). For reputation and autonomy the orchestrator's values take precedence.
 * Overall progress is as reported, otherwise the mean of its parts.
 * @param states newest first
 */
export function computeStateMetrics(states: readonly StateReading[]) {
  const find = (part: keyof StateReading, among = states) => among.find((state) => state[part] !== null)
  const newest = <Part extends keyof StateReading>(part: Part, among = states) => find(part, among)?.[part] ?? null
  const given = states.filter(({ by }) => by === 'orchestrator')
  const [primary, secondary, tactical] = goals.map((goal) => newest(goal))
  const overall = newest('goalOverall')
  const progressAt = (overall === null ? goals : (['goalOverall'] as const)).flatMap((goal) => find(goal)?.at ?? [])
  return {
    reputation: newest('reputation', given) ?? newest('reputation'),
    autonomy: newest('autonomy', given) ?? newest('autonomy'),
    goalProgressPrimary: primary ?? null,
    goalProgressSecondary: secondary ?? null,
    goalProgressTactical: tactical ?? null,
    goalProgress: overall ?? meanIgnoringNulls([primary, secondary, tactical]),
    isRunning: newest('isRunning'),
    lastExecutionAt: newest('lastExecutionAt'),
    cycleCount: newest('cycleCount'),
    /** When the oldest part of the progress was reported; null without any. */
    progressAt: progressAt.length > 0 ? Math.min(...progressAt) : null,
    /** When reputation or autonomy was reported last; they hold until they are replaced. Null without any. */
    standingAt: states.find(({ reputation, autonomy }) => reputation !== null || autonomy !== null)?.at ?? null,
  }
}
