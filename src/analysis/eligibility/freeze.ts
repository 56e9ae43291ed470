import { type FreezeWindow, type Limits, parseFreezeStart, ruleAppliesTo } from '../../model/limits.ts'

export interface Freeze {
  /** Milliseconds since the epoch. */
  until: number
  why?: string
}

/** The freeze window of an agent that is open at a given time (ms since the epoch); undefined if none is. */
export function findFreeze(limits: Limits, agent: { agentId: string; kind: string }, now: number): Freeze | undefined {
  return limits.freeze
    .filter((window) => ruleAppliesTo(window, agent))
    .map((window) => ({ until: endOf(window, now), why: window.why }))
    .find(({ until }) => until > now)
}

/** The freeze window of the whole fleet that is open at a given time (ms since the epoch); undefined if none is. */
export function findFleetFreeze(limits: Limits, now: number): Freeze | undefined {
  const open = findOpenWindows(limits, now).find(({ window }) => window.agent === undefined && window.kind === undefined)
  return open && { until: open.until }
}

/** When its latest window that has started ends. Croner works in seconds and looks strictly before the given time. */
function endOf(window: FreezeWindow, now: number): number {
  const start = parseFreezeStart(window)
  const nextSecond = Math.floor(now / 1_000) * 1_000 + 1_000
  const [begin] =
    start instanceof Date ? [start].filter((once) => once.getTime() <= now) : start.previousRuns(1, new Date(nextSecond))
  return begin ? begin.getTime() + window.hours * 3_600_000 : Number.NEGATIVE_INFINITY
}

/** The freeze windows that are open at a given time (ms since the epoch), with when each ends. */
export function findOpenWindows(limits: Limits, now: number): { window: FreezeWindow; until: number }[] {
  return limits.freeze.map((window) => ({ window, until: endOf(window, now) })).filter(({ until }) => until > now)
}
