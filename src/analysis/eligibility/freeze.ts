import { type FreezeWindow, type Limits, parseFreezeCron, ruleAppliesTo } from '../../model/limits.ts'
import { formatTimestamp } from '../../model/timestamp.ts'

/** Why no trial may begin on an agent at this moment (ms since the epoch), in words; undefined where no window is open. */
export function findFreezeReason(limits: Limits, agent: { agentId: string; kind: string }, now: number): string | undefined {
  for (const window of limits.freeze.filter((window) => ruleAppliesTo(window, agent))) {
    const until = end(window, now)
    if (until > now) {
      const why = window.why ? ` (${window.why})` : ''
      return `${agent.agentId} is frozen until ${formatTimestamp(new Date(until))}${why}`
    }
  }
  return undefined
}

/** When the newest of its windows that has begun ends. Croner knows seconds and looks before the moment given. */
function end(window: FreezeWindow, now: number): number {
  const nextSecond = Math.floor(now / 1_000) * 1_000 + 1_000
  const [begin] = parseFreezeCron(window).previousRuns(1, new Date(nextSecond))
  return begin ? begin.getTime() + window.hours * 3_600_000 : Number.NEGATIVE_INFINITY
}
