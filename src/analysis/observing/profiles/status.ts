import type { SourceName, SourceStatus } from '../../../model/profile.ts'

/** Data older than the shortest time between two cycles says nothing about this one. */
const staleAfterMs = 5 * 60_000

/**
 * Whether a source answered for a profile (C7).
 * @param newestAt when its newest data is from, ms since the epoch; null when it failed, was late or has none
 */
export function determineSourceStatus(source: SourceName, newestAt: number | null, now: number, ignored = 0): SourceStatus {
  if (newestAt === null) return { source, state: 'missing', ageMs: null, ignored }
  const ageMs = Math.max(0, now - newestAt)
  return { source, state: ageMs > staleAfterMs ? 'stale' : 'fresh', ageMs, ignored }
}

/** The newest moment of all, null when there is none. */
export function latestTimestamp(moments: readonly (number | null | undefined)[]): number | null {
  const known = moments.filter((moment) => moment !== null && moment !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}
