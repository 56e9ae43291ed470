import { type FreezeWindow, type Limits, parseFreezeCron, ruleAppliesTo } from '../../model/limits.ts'

export interface Freeze {
  /** Milliseconds since the epoch. */
  until: number
  why?: string
}

/** The freeze window in which no trial may begin on an agent at a moment (ms since the epoch); undefined where none is open. */
export function findFreeze(limits: Limits, agent: { agentId: string; kind: string }, now: number): Freeze | undefined {
  return limits.freeze
    .filter((window) => ruleAppliesTo(window, agent))
    .map((window) => ({ until: endOf(window, now), why: window.why }))
    .find(({ until }) => until > now)
}

/** When the newest of its windows that has begun ends. Croner knows seconds and looks before the moment given. */
function endOf(window: FreezeWindow, now: number): number {
  const nextSecond = Math.floor(now / 1_000) * 1_000 + 1_000
  const [begin] = parseFreezeCron(window).previousRuns(1, new Date(nextSecond))
  return begin ? begin.getTime() + window.hours * 3_600_000 : Number.NEGATIVE_INFINITY
}
