import type { ChangeUnit } from '../../src/model/metric.ts'
import { formatSignedMean } from '../format.ts'
import { extent, scale, ticks } from './scale.ts'
import { useWidth } from './use-width.ts'

export interface PredictionPoint {
  label: string
  predicted: number
  measured: number
  trials: number
  unit: ChangeUnit | null
}

/** Predicted and measured improvements, by type: on the diagonal, predictions are exact. */
export function Calibration({ points }: { points: readonly PredictionPoint[] }) {
  const [element, width] = useWidth<HTMLDivElement>(360)
  const size = Math.min(width, 360)
  const range = extent([0, ...points.flatMap(({ predicted, measured }) => [predicted, measured])], 0.12)
  const x = scale(range, [46, size - 12])
  const y = scale(range, [size - 36, 12])
  return (
    <div ref={element} class="chart">
      <svg
        width={size}
        height={size}
        role="img"
        aria-label="Predicted and measured improvement by strategy type; the table has the values"
      >
        <g class="axis">
          {ticks(range, 4).map((value) => (
            <g key={value}>
              <line x1="46" x2={size - 12} y1={y(value)} y2={y(value)} />
              <text x="40" y={y(value) + 4} text-anchor="end">
                {value}
              </text>
              <text x={x(value)} y={size - 20} text-anchor="middle">
                {value}
              </text>
            </g>
          ))}
          <text x={size / 2} y={size - 4} text-anchor="middle">
            predicted improvement, % or points
          </text>
        </g>
        <line class="keep-line" x1={x(range[0])} y1={y(range[0])} x2={x(range[1])} y2={y(range[1])} />
        {points.map(({ label, predicted, measured, trials, unit }) => (
          <circle key={label} class="dot" cx={x(predicted)} cy={y(measured)} r={Math.min(12, 3 + Math.sqrt(trials))}>
            <title>{`${label}: predicted ${formatSignedMean(predicted, unit)}, measured ${formatSignedMean(measured, unit)} in ${trials} trials`}</title>
          </circle>
        ))}
      </svg>
      <p class="readout">Measured improvement (vertical) versus predicted improvement; the size shows the number of trials.</p>
    </div>
  )
}
