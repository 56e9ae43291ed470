import type { RecordedChange } from './input.ts'

/** A change of a component, and how close to the beginning of the degradation it was, 0–1. */
export interface Trigger {
  change: RecordedChange
  closeness: number
}

/** Steps after which a change is half as close. */
const halfLife = 20
/** The beginning is known only this precisely; a later change explains nothing. */
const leeway = 3

/** The change of a component that is closest to the beginning of a degradation; undefined if there is none before it. */
export function findTrigger(changes: readonly RecordedChange[], component: string, since: number): Trigger | undefined {
  const before = changes.filter((change) => change.component === component && change.at <= since + leeway)
  const change = before.toSorted((a, b) => b.at - a.at)[0]
  return change && { change, closeness: 0.5 ** (Math.max(0, since - change.at) / halfLife) }
}
