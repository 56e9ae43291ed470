import { extent, path, scale } from './scale.ts'

/** A small chart of a metric. */
export function Sparkline({ points, label }: { points: readonly [number, number][]; label: string }) {
  if (points.length < 2) return <span class="muted no-series">no history yet</span>
  const [width, height] = [120, 28]
  const x = scale([points[0]![0], points.at(-1)![0]], [2, width - 4])
  const y = scale(extent(points.map(([, value]) => value)), [height - 3, 3])
  const drawn = points.map(([at, value]) => [x(at), y(value)] as const)
  const [lastX, lastY] = drawn.at(-1)!
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path d={`${path(drawn)}L${lastX} ${height}L${drawn[0]![0]} ${height}Z`} class="area" />
      <path d={path(drawn)} class="line" />
      <circle cx={lastX} cy={lastY} r="2.2" class="end" />
    </svg>
  )
}
