import { useState } from 'preact/hooks'
import { formatSignedImprovement } from '../../src/model/format.ts'
import { formatSignedInterval, formatTime, type ShownMetric } from '../format.ts'
import { type Frame, TimeAxis, ValueAxis } from './axes.tsx'
import { path, scale } from './scale.ts'
import { useWidth } from './use-width.ts'

export interface Look {
  at: number
  samples: number
  improvement: number | null
  interval: [number, number] | null
}
type Measured = Look & { improvement: number; interval: [number, number] }

/** The line that an effect is judged by, percent or points, and what lies beyond it. */
interface Limit {
  at: number
  label: string
}

/**
 * The improvement as its interval narrows: above 0 is better. Of a target, the area above the line is better enough to be kept; of a guardrail,
 * the area below it is harm.
 */
export function EffectChart({
  metric,
  looks,
  limit,
  isGuard = false,
}: {
  metric: Pick<ShownMetric, 'label' | 'kind'>
  looks: readonly Look[]
  limit: Limit | null
  isGuard?: boolean
}) {
  const [element, width] = useWidth<HTMLDivElement>()
  const [hovered, setHovered] = useState<Measured | null>(null)
  const measured = looks.filter((look): look is Measured => look.improvement !== null && look.interval !== null)
  const height = isGuard ? 170 : 240
  const frame = { left: metric.kind === 'proportion' ? 76 : 58, right: width - 12, top: 12, bottom: height - 26 }
  if (measured.length === 0)
    return (
      <div ref={element} class="chart-empty">
        {isGuard ? 'Not enough samples in both arms yet.' : 'The first values appear once each arm has 10 samples.'}
      </div>
    )
  const last = measured.at(-1)!
  const reach = Math.max(
    2.2 * Math.abs(limit?.at ?? 0),
    1,
    ...measured.slice(-8).flatMap(({ interval }) => interval.map((bound) => 1.12 * Math.abs(bound))),
  )
  const range: [number, number] = [-Math.min(110, reach), Math.min(110, reach)]
  const times: [number, number] = [measured[0]!.at, Math.max(last.at, measured[0]!.at + 1_000)]
  const x = scale(times, [frame.left, frame.right])
  const to = scale(range, [frame.bottom, frame.top])
  const y = (value: number) => to(Math.min(range[1], Math.max(range[0], value)))
  const upper = measured.map(({ at, interval }) => [x(at), y(interval[1])] as const)
  const lower = measured.map(({ at, interval }) => [x(at), y(interval[0])] as const).toReversed()
  const shown = hovered ?? last
  const onMove = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect()
    const at = event.clientX - box.left
    setHovered(measured.reduce((best, look) => (Math.abs(x(look.at) - at) < Math.abs(x(best.at) - at) ? look : best)))
  }
  return (
    <div ref={element} class="chart">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Effect on ${metric.label}: ${formatSignedImprovement(metric, last.improvement)}, interval ${formatSignedInterval(metric, last.interval)}, after ${last.samples} samples per arm`}
        onPointerMove={onMove}
        onPointerLeave={() => setHovered(null)}
      >
        {!isGuard && <Area kind="better" frame={frame} from={frame.top} to={y(limit?.at ?? 0)} />}
        {!(isGuard && limit === null) && <Area kind="worse" frame={frame} from={y(isGuard ? limit!.at : 0)} to={frame.bottom} />}
        <ValueAxis
          frame={frame}
          range={range}
          y={y}
          format={(value) => formatSignedImprovement(metric, value).replace('.0', '')}
          count={isGuard ? 4 : 6}
        />
        <TimeAxis frame={frame} range={times} x={x} />
        <path class="band" d={`${path([...upper, ...lower])}Z`} />
        <path class="effect" d={path(measured.map(({ at, improvement }) => [x(at), y(improvement)] as const))} />
        <line class="zero" x1={frame.left} x2={frame.right} y1={y(0)} y2={y(0)} />
        {limit && (
          <>
            <line
              class={isGuard ? 'harm-line' : 'keep-line'}
              x1={frame.left}
              x2={frame.right}
              y1={y(limit.at)}
              y2={y(limit.at)}
            />
            <text
              class={isGuard ? 'line-label harm' : 'line-label'}
              x={frame.right - 4}
              y={y(limit.at) + (isGuard ? 14 : -5)}
              text-anchor="end"
            >
              {limit.label} {formatSignedImprovement(metric, limit.at)}
            </text>
          </>
        )}
        <line class="cursor" x1={x(shown.at)} x2={x(shown.at)} y1={frame.top} y2={frame.bottom} />
        <circle class="dot" cx={x(shown.at)} cy={y(shown.improvement)} r="4" />
      </svg>
      <p class="readout">
        {formatTime(shown.at)} · {shown.samples} samples per arm ·{' '}
        <strong>{formatSignedImprovement(metric, shown.improvement)}</strong> ({formatSignedInterval(metric, shown.interval)})
      </p>
    </div>
  )
}

const Area = ({ kind, frame, from, to }: { kind: 'better' | 'worse'; frame: Frame; from: number; to: number }) => (
  <rect class={kind} x={frame.left} width={frame.right - frame.left} y={from} height={Math.max(0, to - from)} />
)
