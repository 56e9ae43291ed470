import { formatSignedImprovement } from '../../src/model/format.ts'
import { formatSignedInterval, type ShownMetric } from '../format.ts'
import { scale } from './scale.ts'

/** An improvement with its interval on a line: to the right is better. */
export function IntervalBar({
  metric,
  improvement,
  interval,
  range = 50,
  lost,
}: {
  metric: Pick<ShownMetric, 'kind'>
  improvement: number | null | undefined
  interval: [number, number] | null | undefined
  range?: number
  /** The loss at which it counts as harm. */
  lost?: number | null | undefined
}) {
  const [width, height] = [160, 18]
  const clamp = (value: number) => Math.min(range, Math.max(-range, value))
  const to = scale([-range, range], [4, width - 4])
  const x = (value: number) => to(clamp(value))
  const tone = !interval ? 'unclear' : interval[0] > 0 ? 'gained' : interval[1] < 0 ? 'lost' : 'unclear'
  const words = `${formatSignedImprovement(metric, improvement)}${interval ? `, ${formatSignedInterval(metric, interval)}` : ''}`
  return (
    <svg class={`interval-bar ${tone}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words}>
      <title>{words}</title>
      <line x1="4" x2={width - 4} y1={height / 2} y2={height / 2} class="track" />
      <line x1={x(0)} x2={x(0)} y1="2" y2={height - 2} class="zero" />
      {lost ? <line x1={x(-lost)} x2={x(-lost)} y1="3" y2={height - 3} class="limit" /> : null}
      {interval && (
        <rect
          x={x(interval[0])}
          width={Math.max(2, x(interval[1]) - x(interval[0]))}
          y={height / 2 - 3}
          height="6"
          rx="3"
          class="span"
        />
      )}
      {typeof improvement === 'number' && <circle cx={x(improvement)} cy={height / 2} r="4" class="point" />}
    </svg>
  )
}
