import type { ChangeEvent } from '../../model/change-event.ts'

/** An event, and when it had an effect: at once, and when restarts of instances applied it. */
export interface Occurrence {
  event: ChangeEvent
  effects: Pick<ChangeEvent, 'at' | 'component'>[]
}

const minute = 60_000
/** Restarts of a component that are no farther apart are one event. */
const together = 5 * minute
/** A restart that soon after a deployment or version applies it. */
const soon = 10 * minute

/**
 * Counts restarts of a component that lie together as one event, because each instance has its own; just after a deployment or a configuration
 * version of the component they are an effect of that, and no event.
 */
export function listOccurrences(events: readonly ChangeEvent[]): Occurrence[] {
  const occurrences: Occurrence[] = events.filter(({ kind }) => kind !== 'restart').map((event) => ({ event, effects: [event] }))
  const applied = occurrences.filter(({ event: { kind } }) => kind === 'deploy' || kind === 'configuration')
  const restarts = events.filter(({ kind }) => kind === 'restart').toSorted((a, b) => a.at - b.at)
  for (const [component, ofComponent] of Map.groupBy(restarts, (restart) => restart.component)) {
    const own = applied
      .filter(({ event }) => event.component === undefined || event.component === component)
      .toSorted((a, b) => b.event.at - a.event.at)
    let current: Occurrence | undefined
    let last = Number.NEGATIVE_INFINITY
    for (const restart of ofComponent) {
      const before = own.find(({ event }) => event.at <= restart.at)
      const isSame = current && restart.at - last <= together && (!before || before.event.at <= last)
      if (!isSame && before && restart.at - before.event.at <= soon) current = before
      else if (!isSame) {
        current = { event: restart, effects: [] }
        occurrences.push(current)
      }
      current!.effects.push(restart)
      last = restart.at
    }
  }
  return occurrences
}

/** The event of all of them: "instance a-1 and 5 more". */
export const summarizeOccurrence = ({ event, effects }: Occurrence): ChangeEvent =>
  event.kind === 'restart' && effects.length > 1
    ? { ...event, description: `${event.description} and ${effects.length - 1} more` }
    : event
