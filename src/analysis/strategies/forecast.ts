import type { Snapshot } from '../../model/profile.ts'
import type { WatchedMetric } from './attainment.ts'

/** How far ahead: the longest time until the next cycle. */
const horizonMs = 600_000
/** Snapshots a trend is drawn through. */
const window = 10
/** Two points always lie on a line; three begin to say something. */
const fewest = 3

/**
 * The value an agent's metric will have in ten minutes if the linear trend (least squares) of its newest snapshots goes on;
 * the present value where there are too few; null where nobody reports it now.
 */
export function forecast(
  agentId: string,
  metric: WatchedMetric,
  snapshot: Snapshot,
  history: readonly Snapshot[],
): number | null {
  const earlier = history.filter(({ takenAt }) => takenAt < snapshot.takenAt).sort((a, b) => a.takenAt - b.takenAt)
  const points = [...earlier, snapshot].slice(-window).flatMap(({ takenAt, agents }) => {
    const value = agents.find((agent) => agent.agentId === agentId)?.[metric]
    return typeof value === 'number' && Number.isFinite(value) ? [{ time: takenAt - snapshot.takenAt, value }] : []
  })
  const last = points.at(-1)
  if (last?.time !== 0) return null
  return points.length < fewest ? last.value : Math.max(0, extrapolate(points, horizonMs))
}

function extrapolate(points: { time: number; value: number }[], at: number): number {
  const mean = (of: (point: { time: number; value: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const time = mean((point) => point.time)
  const value = mean((point) => point.value)
  const slope = mean((p) => (p.time - time) * (p.value - value)) / mean((p) => (p.time - time) ** 2)
  return value + slope * (at - time)
}
